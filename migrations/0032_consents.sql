CREATE TABLE "consents" (
	"dream_board_id" uuid PRIMARY KEY NOT NULL,
	"host_id" uuid NOT NULL,
	"wording" varchar(20) NOT NULL,
	"given_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "idx_consents_host" ON "consents" USING btree ("host_id");