CREATE TABLE "webhook_endpoint_states" (
	"webhook_endpoint_id" uuid PRIMARY KEY NOT NULL,
	"state" varchar(20) NOT NULL,
	"reason" varchar(20) NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"failing_since" timestamp with time zone,
	"last_failure_code" integer,
	"warned_at" timestamp with time zone,
	CONSTRAINT "webhook_endpoint_states_state_valid" CHECK ("webhook_endpoint_states"."state" IN ('active', 'paused', 'disabled', 'deleted')),
	CONSTRAINT "webhook_endpoint_states_reason_valid" CHECK ("webhook_endpoint_states"."reason" IN ('registered', 'resumed', 'requested', 'failing', 'gone'))
);
--> statement-breakpoint
CREATE TABLE "partner_contacts" (
	"partner_id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "retired_webhook_secrets" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"webhook_endpoint_id" uuid NOT NULL,
	"secret" text NOT NULL,
	"retired_at" timestamp with time zone NOT NULL,
	"valid_until" timestamp with time zone NOT NULL,
	CONSTRAINT "retired_webhook_secrets_order_valid" CHECK ("retired_webhook_secrets"."valid_until" > "retired_webhook_secrets"."retired_at")
);
--> statement-breakpoint
ALTER TABLE "mail_messages" DROP CONSTRAINT "mail_messages_recipient_valid";--> statement-breakpoint
ALTER TABLE "mail_messages" ADD COLUMN "webhook_endpoint_id" uuid;--> statement-breakpoint
ALTER TABLE "webhook_endpoint_states" ADD CONSTRAINT "webhook_endpoint_states_webhook_endpoint_id_fkey" FOREIGN KEY ("webhook_endpoint_id") REFERENCES "public"."webhook_endpoints"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "partner_contacts" ADD CONSTRAINT "partner_contacts_partner_id_fkey" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "retired_webhook_secrets" ADD CONSTRAINT "retired_webhook_secrets_webhook_endpoint_id_fkey" FOREIGN KEY ("webhook_endpoint_id") REFERENCES "public"."webhook_endpoints"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_webhook_endpoint_states_failing" ON "webhook_endpoint_states" USING btree ("failing_since") WHERE "webhook_endpoint_states"."failing_since" is not null;--> statement-breakpoint
CREATE INDEX "idx_retired_webhook_secrets_endpoint" ON "retired_webhook_secrets" USING btree ("webhook_endpoint_id");--> statement-breakpoint
CREATE INDEX "idx_retired_webhook_secrets_valid" ON "retired_webhook_secrets" USING btree ("valid_until");--> statement-breakpoint
ALTER TABLE "mail_messages" ADD CONSTRAINT "mail_messages_webhook_endpoint_id_fkey" FOREIGN KEY ("webhook_endpoint_id") REFERENCES "public"."webhook_endpoints"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mail_messages" ADD CONSTRAINT "mail_messages_recipient_valid" CHECK ("mail_messages"."recipient" IN ('host', 'payout_email', 'admins', 'partner'));
--> statement-breakpoint
INSERT INTO "webhook_endpoint_states" ("webhook_endpoint_id", "state", "reason", "since")
SELECT "id", CASE WHEN "is_active" THEN 'active' ELSE 'disabled' END, CASE WHEN "is_active" THEN 'registered' ELSE 'gone' END,
  CASE WHEN "is_active" THEN "created_at" ELSE "updated_at" END
FROM "webhook_endpoints";
