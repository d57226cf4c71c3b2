CREATE TABLE "contributor_visibility" (
	"contribution_id" uuid PRIMARY KEY NOT NULL,
	"dream_board_id" uuid NOT NULL,
	"name_hidden" boolean NOT NULL,
	"message_hidden" boolean NOT NULL,
	"seq" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "contributor_visibility" ADD CONSTRAINT "contributor_visibility_contribution_id_fkey" FOREIGN KEY ("contribution_id") REFERENCES "public"."contributions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contributor_visibility" ADD CONSTRAINT "contributor_visibility_dream_board_id_fkey" FOREIGN KEY ("dream_board_id") REFERENCES "public"."dream_boards"("id") ON DELETE no action ON UPDATE no action;