CREATE TABLE "api_key_terms" (
	"api_key_id" uuid PRIMARY KEY NOT NULL,
	"line_id" uuid NOT NULL,
	"replaces" uuid,
	"burst_limit" integer,
	"allowed_addresses" text[] DEFAULT '{}'::text[] NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "unique_api_key_terms_replaces" UNIQUE("replaces"),
	CONSTRAINT "api_key_terms_burst_limit_valid" CHECK ("api_key_terms"."burst_limit" > 0)
);
--> statement-breakpoint
ALTER TABLE "api_key_terms" ADD CONSTRAINT "api_key_terms_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_key_terms" ADD CONSTRAINT "api_key_terms_line_id_fkey" FOREIGN KEY ("line_id") REFERENCES "public"."api_keys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_key_terms" ADD CONSTRAINT "api_key_terms_replaces_fkey" FOREIGN KEY ("replaces") REFERENCES "public"."api_keys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_api_key_terms_line" ON "api_key_terms" USING btree ("line_id");--> statement-breakpoint
CREATE INDEX "idx_api_key_terms_expires" ON "api_key_terms" USING btree ("expires_at") WHERE "api_key_terms"."expires_at" is not null;