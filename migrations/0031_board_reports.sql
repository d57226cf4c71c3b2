CREATE TABLE "board_reports" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"dream_board_id" uuid NOT NULL,
	"reason" varchar(20) NOT NULL,
	"words" varchar(1000),
	"reported_at" timestamp with time zone NOT NULL,
	"resolved_at" timestamp with time zone,
	"note" varchar(500),
	CONSTRAINT "board_reports_reason_valid" CHECK ("board_reports"."reason" IN ('child', 'fake', 'offensive', 'other'))
);
--> statement-breakpoint
CREATE INDEX "idx_board_reports_reported" ON "board_reports" USING btree ("reported_at");--> statement-breakpoint
CREATE INDEX "idx_board_reports_board" ON "board_reports" USING btree ("dream_board_id");--> statement-breakpoint
CREATE INDEX "idx_board_reports_open" ON "board_reports" USING btree ("reported_at") WHERE "board_reports"."resolved_at" is null;