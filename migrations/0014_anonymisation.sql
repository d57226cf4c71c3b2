ALTER TABLE "erasures" ADD COLUMN "note" varchar(500);--> statement-breakpoint
CREATE INDEX "own_dream_boards_to_anonymise" ON "dream_boards" USING btree ("updated_at","id") WHERE "dream_boards"."status" IN ('closed', 'paid_out', 'cancelled', 'expired') AND "dream_boards"."payout_email" <> 'anonymized@chipin.co.za';--> statement-breakpoint
CREATE INDEX "idx_idempotency_keys_resource" ON "idempotency_keys" USING btree ("resource_id");--> statement-breakpoint
CREATE INDEX "idx_erasures_with_note" ON "erasures" USING btree ("at") WHERE "erasures"."note" is not null;