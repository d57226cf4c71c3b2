CREATE TABLE "board_differences" (
	"dream_board_id" uuid PRIMARY KEY NOT NULL,
	"difference" varchar(500) NOT NULL,
	"found_at" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "board_lags" (
	"dream_board_id" uuid PRIMARY KEY NOT NULL,
	"projected_seq" integer NOT NULL,
	"behind_since" timestamp with time zone NOT NULL,
	"seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dead_letters" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"queue" varchar(50) NOT NULL,
	"subject" varchar(100) NOT NULL,
	"body" jsonb,
	"first_died_at" timestamp with time zone NOT NULL,
	"last_died_at" timestamp with time zone NOT NULL,
	"deaths" integer DEFAULT 1 NOT NULL,
	"resolved_at" timestamp with time zone,
	"resolution" varchar(20),
	"note" varchar(500),
	CONSTRAINT "dead_letters_resolution_valid" CHECK ("dead_letters"."resolution" IN ('requeued', 'dismissed'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX "unique_open_dead_letter" ON "dead_letters" USING btree ("queue","subject") WHERE "dead_letters"."resolved_at" is null;--> statement-breakpoint
CREATE INDEX "idx_dead_letters_open" ON "dead_letters" USING btree ("first_died_at") WHERE "dead_letters"."resolved_at" is null;--> statement-breakpoint
CREATE INDEX "idx_dead_letters_resolved" ON "dead_letters" USING btree ("resolved_at");