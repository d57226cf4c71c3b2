-- The board's log has a new stored form. No board was in production when it changed, so old events are refused, not converted.
DO $$ BEGIN
  IF EXISTS (SELECT FROM board_events) THEN
    RAISE EXCEPTION 'board_events holds events of an older form; start with an empty database (locally: npm start -- --reset)';
  END IF;
END $$;
--> statement-breakpoint
CREATE TABLE "board_pots" (
	"dream_board_id" uuid PRIMARY KEY NOT NULL,
	"counted_cents" integer NOT NULL,
	"returning_cents" integer NOT NULL,
	"contribution_count" integer NOT NULL,
	"seq" integer NOT NULL,
	"compared_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "refunds" DROP CONSTRAINT "refunds_status_valid";--> statement-breakpoint
DROP INDEX "idx_payment_requests_expired";--> statement-breakpoint
DROP INDEX "idx_board_flags_open";--> statement-breakpoint
ALTER TABLE "board_events" ADD COLUMN "by" jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "board_events" ADD COLUMN "v" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "board_flags" ADD COLUMN "opened_at" timestamp with time zone NOT NULL;--> statement-breakpoint
ALTER TABLE "payment_requests" ADD COLUMN "payment_provider" "payment_provider" NOT NULL;--> statement-breakpoint
ALTER TABLE "payment_requests" ADD COLUMN "status" "payment_status" NOT NULL;--> statement-breakpoint
ALTER TABLE "payment_requests" ADD COLUMN "attempt_expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "payment_requests" ADD COLUMN "seq" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "payment_requests" ADD COLUMN "last_looked_up_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "refunds" ADD COLUMN "seq" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "settlement_differences" ADD COLUMN "resolution" varchar(20);--> statement-breakpoint
ALTER TABLE "board_pots" ADD CONSTRAINT "board_pots_dream_board_id_fkey" FOREIGN KEY ("dream_board_id") REFERENCES "public"."dream_boards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_board_events_at" ON "board_events" USING brin ("at");--> statement-breakpoint
CREATE INDEX "idx_payment_requests_unpaid" ON "payment_requests" USING btree ("payment_provider","attempted_at") WHERE "payment_requests"."status" IN ('pending', 'processing', 'failed');--> statement-breakpoint
CREATE INDEX "idx_board_flags_open" ON "board_flags" USING btree ("opened_at") WHERE "board_flags"."cleared_at" is null;--> statement-breakpoint
ALTER TABLE "board_flags" DROP COLUMN "raised_at";--> statement-breakpoint
ALTER TABLE "payment_requests" DROP COLUMN "offer_expires_at";--> statement-breakpoint
ALTER TABLE "payment_requests" DROP COLUMN "last_asked_at";--> statement-breakpoint
ALTER TABLE "refunds" ADD CONSTRAINT "refunds_status_valid" CHECK ("refunds"."status" IN ('requested', 'processing', 'completed', 'failed', 'needs_manual_action', 'withdrawn'));--> statement-breakpoint
ALTER TABLE "settlement_differences" ADD CONSTRAINT "settlement_differences_resolution_valid" CHECK ("settlement_differences"."resolution" IN ('comparison', 'person'));