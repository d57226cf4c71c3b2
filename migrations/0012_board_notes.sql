CREATE TABLE "board_notes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"dream_board_id" uuid NOT NULL,
	"action" varchar(100) NOT NULL,
	"note" text NOT NULL,
	"admin_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "idx_board_notes_board" ON "board_notes" USING btree ("dream_board_id");