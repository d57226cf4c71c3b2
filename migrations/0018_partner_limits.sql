CREATE TABLE "partner_limits" (
	"partner_id" uuid PRIMARY KEY NOT NULL,
	"boards_per_host" integer NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "partner_limits_boards_per_host_valid" CHECK ("partner_limits"."boards_per_host" > 0)
);
--> statement-breakpoint
ALTER TABLE "partner_limits" ADD CONSTRAINT "partner_limits_partner_id_fkey" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE cascade ON UPDATE no action;