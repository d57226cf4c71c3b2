CREATE INDEX "own_dream_boards_listed" ON "dream_boards" USING btree ("partner_id","created_at","id");--> statement-breakpoint
CREATE INDEX "own_dream_boards_listed_by_status" ON "dream_boards" USING btree ("partner_id","status","created_at","id");--> statement-breakpoint
CREATE INDEX "own_hosts_email_digest" ON "hosts" USING btree (encode(sha256(replace("email"::text, '\', '\\')::bytea), 'hex'));--> statement-breakpoint
CREATE INDEX "own_payouts_listed" ON "payouts" USING btree ("partner_id","created_at","id");--> statement-breakpoint
CREATE INDEX "own_payouts_listed_by_status" ON "payouts" USING btree ("partner_id","status","created_at","id");