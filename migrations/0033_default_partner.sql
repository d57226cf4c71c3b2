-- The partner of boards that hosts make on ChipIn's own pages. (src/domain/default-partner.ts)
INSERT INTO partners (id, name) VALUES ('00000000-0000-0000-0000-000000000001', 'Default Partner') ON CONFLICT DO NOTHING;
