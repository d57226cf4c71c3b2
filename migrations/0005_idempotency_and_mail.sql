-- Keys are kept for 24 hours and say nothing about the API key that used them, so none can be carried over.
DELETE FROM "idempotency_keys";--> statement-breakpoint
ALTER TABLE "mail_messages" DROP CONSTRAINT "mail_messages_status_valid";--> statement-breakpoint
ALTER TABLE "idempotency_keys" DROP CONSTRAINT "idempotency_keys_partner_id_fkey";
--> statement-breakpoint
ALTER TABLE "idempotency_keys" DROP CONSTRAINT "idempotency_keys_pkey";--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD COLUMN "api_key_id" uuid NOT NULL;--> statement-breakpoint
ALTER TABLE "mail_messages" ADD COLUMN "provider" "payment_provider";--> statement-breakpoint
ALTER TABLE "mail_messages" ADD COLUMN "day" date;--> statement-breakpoint
UPDATE "mail_messages" SET "provider" = split_part("about", ' ', 1)::"payment_provider", "day" = split_part("about", ' ', 2)::date
WHERE "about" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" DROP COLUMN "partner_id";--> statement-breakpoint
ALTER TABLE "mail_messages" DROP COLUMN "about";--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY("api_key_id","route","key");--> statement-breakpoint
ALTER TABLE "mail_messages" ADD CONSTRAINT "mail_messages_status_valid" CHECK ("mail_messages"."status" IN ('pending', 'sent', 'failed', 'skipped'));
