CREATE TABLE "board_managers" (
	"dream_board_id" uuid PRIMARY KEY NOT NULL,
	"invited_by" uuid NOT NULL,
	"invited_email" varchar(255) NOT NULL,
	"invited_at" timestamp with time zone NOT NULL,
	"token_digest" varchar(64),
	"host_id" uuid,
	"accepted_at" timestamp with time zone,
	CONSTRAINT "board_managers_accepted_once" CHECK (("board_managers"."host_id" IS NULL) = ("board_managers"."accepted_at" IS NULL) AND ("board_managers"."host_id" IS NULL) = ("board_managers"."token_digest" IS NOT NULL))
);
--> statement-breakpoint
CREATE TABLE "email_changes" (
	"host_id" uuid PRIMARY KEY NOT NULL,
	"new_email" varchar(255) NOT NULL,
	"token_digest" varchar(64) NOT NULL,
	"asked_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "idx_board_managers_host" ON "board_managers" USING btree ("host_id") WHERE "board_managers"."host_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_board_managers_email" ON "board_managers" USING btree ("invited_email");--> statement-breakpoint
CREATE INDEX "idx_board_managers_open" ON "board_managers" USING btree ("invited_at") WHERE "board_managers"."accepted_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "email_changes_token" ON "email_changes" USING btree ("token_digest");--> statement-breakpoint
CREATE INDEX "idx_email_changes_asked" ON "email_changes" USING btree ("asked_at");