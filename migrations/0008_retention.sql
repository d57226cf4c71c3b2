CREATE TABLE "erasures" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"cause" varchar(50) NOT NULL,
	"dream_board_id" uuid,
	"host_id" uuid,
	"counts" jsonb NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "job_runs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" varchar(50) NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"as_of" timestamp with time zone NOT NULL,
	"outcome" varchar(20),
	"counts" jsonb,
	"error" varchar(300),
	CONSTRAINT "job_runs_outcome_valid" CHECK ("job_runs"."outcome" IN ('done', 'failed'))
);
--> statement-breakpoint
CREATE INDEX "idx_erasures_at" ON "erasures" USING btree ("at");--> statement-breakpoint
CREATE INDEX "idx_erasures_board" ON "erasures" USING btree ("dream_board_id") WHERE "erasures"."dream_board_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_erasures_host" ON "erasures" USING btree ("host_id") WHERE "erasures"."host_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_job_runs_name" ON "job_runs" USING btree ("name","started_at");--> statement-breakpoint
CREATE INDEX "idx_job_runs_started" ON "job_runs" USING btree ("started_at");--> statement-breakpoint
CREATE INDEX "own_contributions_with_origin" ON "contributions" USING btree ("created_at") WHERE "contributions"."ip_address" IS NOT NULL OR "contributions"."user_agent" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "own_webhook_events_with_body" ON "webhook_events" USING btree ("created_at") WHERE "webhook_events"."payload" <> '{"erased": true}'::jsonb OR "webhook_events"."last_response_body" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "idx_projection_failures_resolved" ON "projection_failures" USING btree ("resolved_at") WHERE "projection_failures"."resolved_at" is not null;--> statement-breakpoint
CREATE INDEX "idx_webhook_attempts_with_body" ON "webhook_attempts" USING btree ("attempted_at") WHERE "webhook_attempts"."response_body" IS NOT NULL OR "webhook_attempts"."error" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "idx_settlement_differences_with_note" ON "settlement_differences" USING btree ("resolved_at") WHERE "settlement_differences"."note" is not null;