CREATE TABLE "karri_cards" (
	"dream_board_id" uuid PRIMARY KEY NOT NULL,
	"cardholder_name" text NOT NULL,
	"verified_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "karri_cards" ADD CONSTRAINT "karri_cards_dream_board_id_fkey" FOREIGN KEY ("dream_board_id") REFERENCES "public"."dream_boards"("id") ON DELETE no action ON UPDATE no action;