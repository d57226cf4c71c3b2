/** The partner of boards that hosts make on ChipIn's own pages. It has no API keys and no webhooks. A migration adds its row. */
export const DEFAULT_PARTNER = { id: "00000000-0000-0000-0000-000000000001", name: "Default Partner" } as const;
