CREATE TABLE "silent_webhook_endpoints" (
	"webhook_endpoint_id" uuid PRIMARY KEY NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"silences" integer NOT NULL,
	"slow_until" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "mail_messages" ADD COLUMN "requeue_at" timestamp with time zone DEFAULT now() + interval '5 minutes' NOT NULL;--> statement-breakpoint
ALTER TABLE "mail_messages" ADD COLUMN "call_id" uuid;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "requeue_at" timestamp with time zone DEFAULT now() + interval '5 minutes' NOT NULL;--> statement-breakpoint
ALTER TABLE "silent_webhook_endpoints" ADD CONSTRAINT "silent_webhook_endpoints_webhook_endpoint_id_fkey" FOREIGN KEY ("webhook_endpoint_id") REFERENCES "public"."webhook_endpoints"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_mail_messages_requeue" ON "mail_messages" USING btree ("requeue_at") WHERE "mail_messages"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "idx_mail_messages_call" ON "mail_messages" USING btree ("call_id") WHERE "mail_messages"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "idx_webhook_deliveries_requeue" ON "webhook_deliveries" USING btree ("requeue_at") WHERE "webhook_deliveries"."status" = 'pending';