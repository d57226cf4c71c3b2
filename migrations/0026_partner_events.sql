CREATE TABLE "partner_events" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"position" bigserial NOT NULL,
	"partner_id" uuid NOT NULL,
	"dream_board_id" uuid,
	"sequence" integer,
	"type" varchar(50) NOT NULL,
	"api_version" varchar(10) NOT NULL,
	"data" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "unique_partner_event_position" UNIQUE("partner_id","position")
);
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" DROP CONSTRAINT "unique_webhook_delivery";--> statement-breakpoint
ALTER TABLE "webhook_deliveries" DROP CONSTRAINT "webhook_deliveries_webhook_event_id_fkey";
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "partner_event_id" uuid;--> statement-breakpoint
-- Each event of a key is an event of its partner, in the order in which it happened.
INSERT INTO "partner_events" ("id", "partner_id", "type", "api_version", "data", "created_at")
SELECT e.id, k.partner_id, e.event_type, '2026-12-01', e.payload, e.created_at
FROM "webhook_events" e JOIN "api_keys" k ON k.id = e.api_key_id ORDER BY e.created_at, e.id;--> statement-breakpoint
UPDATE "webhook_deliveries" SET "partner_event_id" = "webhook_event_id";--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ALTER COLUMN "partner_event_id" SET NOT NULL;--> statement-breakpoint
-- Each delivery has a record of its own from now on, which names its event.
INSERT INTO "webhook_events" ("id", "api_key_id", "event_type", "payload", "status", "attempts", "last_attempt_at",
  "last_response_code", "last_response_body", "created_at")
SELECT d.id, e.api_key_id, e.event_type, jsonb_build_object('event_id', e.id), d.status, d.attempts, a.attempted_at,
  a.response_code, a.response_body, e.created_at
FROM "webhook_deliveries" d JOIN "webhook_events" e ON e.id = d.webhook_event_id
  LEFT JOIN "webhook_attempts" a ON a.delivery_id = d.id AND a.attempt = d.attempts;--> statement-breakpoint
DELETE FROM "webhook_events" e WHERE NOT EXISTS (SELECT FROM "webhook_deliveries" d WHERE d.id = e.id);--> statement-breakpoint
-- Room for the versions of a row that a claim writes, beside it.
ALTER TABLE "webhook_deliveries" SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD COLUMN "attempts_before" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "partner_events" ADD CONSTRAINT "partner_events_partner_id_fkey" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_partner_events_type" ON "partner_events" USING btree ("partner_id","type","position");--> statement-breakpoint
CREATE INDEX "idx_partner_events_board" ON "partner_events" USING btree ("dream_board_id","position");--> statement-breakpoint
CREATE INDEX "idx_partner_events_created" ON "partner_events" USING btree ("created_at");--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_partner_event_id_fkey" FOREIGN KEY ("partner_event_id") REFERENCES "public"."partner_events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_id_fkey" FOREIGN KEY ("id") REFERENCES "public"."webhook_events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" DROP COLUMN "webhook_event_id";--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "unique_webhook_delivery" UNIQUE("partner_event_id","webhook_endpoint_id");