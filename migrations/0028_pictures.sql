CREATE TABLE "pictures" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"kind" varchar(10) NOT NULL,
	"dream_board_id" uuid,
	"bytes" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "pictures_kind_valid" CHECK ("pictures"."kind" IN ('photo', 'gift', 'cause'))
);
--> statement-breakpoint
CREATE INDEX "idx_pictures_board" ON "pictures" USING btree ("dream_board_id") WHERE "pictures"."dream_board_id" is not null;--> statement-breakpoint
CREATE INDEX "idx_pictures_unclaimed" ON "pictures" USING btree ("created_at") WHERE "pictures"."dream_board_id" is null;