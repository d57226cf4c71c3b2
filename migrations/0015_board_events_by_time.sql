DROP INDEX "idx_board_events_at";--> statement-breakpoint
CREATE INDEX "idx_board_events_at" ON "board_events" USING btree ("at");