ALTER TABLE "payment_requests" ADD COLUMN "next_look_up_at" timestamp with time zone;--> statement-breakpoint
-- The release before this one writes rows without it. Set apart, so that the rows that are there stay without a value.
ALTER TABLE "payment_requests" ALTER COLUMN "next_look_up_at" SET DEFAULT now();--> statement-breakpoint
ALTER TABLE "payment_requests" ADD COLUMN "returned_at" timestamp with time zone;--> statement-breakpoint
UPDATE "payment_requests" SET "next_look_up_at" = coalesce("last_looked_up_at", "attempted_at")
  WHERE "status" IN ('pending', 'processing', 'failed') AND "attempted_at" > now() - interval '9 days';--> statement-breakpoint
CREATE INDEX "idx_payment_requests_due" ON "payment_requests" USING btree ("payment_provider","next_look_up_at") WHERE "payment_requests"."next_look_up_at" is not null;--> statement-breakpoint
CREATE INDEX "idx_payment_requests_open" ON "payment_requests" USING btree ("dream_board_id") WHERE "payment_requests"."status" IN ('pending', 'processing');--> statement-breakpoint
DROP INDEX "idx_payment_requests_unpaid";
