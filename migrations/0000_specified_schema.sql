CREATE EXTENSION IF NOT EXISTS "pgcrypto";--> statement-breakpoint
CREATE TYPE "public"."audit_actor_type" AS ENUM('admin', 'host', 'system');--> statement-breakpoint
CREATE TYPE "public"."dream_board_status" AS ENUM('draft', 'active', 'funded', 'closed', 'paid_out', 'expired', 'cancelled');--> statement-breakpoint
CREATE TYPE "public"."gift_type" AS ENUM('takealot_product', 'philanthropy');--> statement-breakpoint
CREATE TYPE "public"."payment_provider" AS ENUM('payfast', 'ozow', 'snapscan');--> statement-breakpoint
CREATE TYPE "public"."payment_status" AS ENUM('pending', 'processing', 'completed', 'failed', 'refunded');--> statement-breakpoint
CREATE TYPE "public"."payout_item_type" AS ENUM('gift', 'overflow');--> statement-breakpoint
CREATE TYPE "public"."payout_method" AS ENUM('takealot_gift_card', 'karri_card_topup', 'philanthropy_donation');--> statement-breakpoint
CREATE TYPE "public"."payout_status" AS ENUM('pending', 'processing', 'completed', 'failed');--> statement-breakpoint
CREATE TYPE "public"."payout_type" AS ENUM('takealot_gift_card', 'philanthropy_donation', 'karri_card_topup');--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"partner_id" uuid NOT NULL,
	"partner_name" varchar(100) NOT NULL,
	"key_hash" varchar(255) NOT NULL,
	"key_prefix" varchar(12) NOT NULL,
	"scopes" text[] DEFAULT '{}'::text[] NOT NULL,
	"rate_limit" integer DEFAULT 1000 NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "audit_logs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"actor_type" "audit_actor_type" NOT NULL,
	"actor_id" uuid,
	"actor_email" varchar(255),
	"action" varchar(100) NOT NULL,
	"target_type" varchar(50) NOT NULL,
	"target_id" varchar(100) NOT NULL,
	"metadata" jsonb,
	"ip_address" "inet",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "contributions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"partner_id" uuid NOT NULL,
	"dream_board_id" uuid NOT NULL,
	"contributor_name" varchar(100),
	"message" text,
	"amount_cents" integer NOT NULL,
	"fee_cents" integer NOT NULL,
	"net_cents" integer GENERATED ALWAYS AS (amount_cents - fee_cents) STORED NOT NULL,
	"payment_provider" "payment_provider" NOT NULL,
	"payment_ref" varchar(255) NOT NULL,
	"payment_status" "payment_status" DEFAULT 'pending' NOT NULL,
	"ip_address" "inet",
	"user_agent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "unique_payment_ref" UNIQUE("payment_provider","payment_ref"),
	CONSTRAINT "valid_amount" CHECK ("contributions"."amount_cents" >= 2000)
);
--> statement-breakpoint
CREATE TABLE "dream_boards" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"partner_id" uuid NOT NULL,
	"host_id" uuid NOT NULL,
	"slug" varchar(100) NOT NULL,
	"child_name" varchar(50) NOT NULL,
	"child_photo_url" text NOT NULL,
	"birthday_date" date NOT NULL,
	"gift_type" "gift_type" NOT NULL,
	"gift_data" jsonb NOT NULL,
	"goal_cents" integer NOT NULL,
	"payout_method" "payout_method" NOT NULL,
	"overflow_gift_data" jsonb,
	"karri_card_number" text,
	"message" text,
	"deadline" timestamp with time zone NOT NULL,
	"status" "dream_board_status" DEFAULT 'draft' NOT NULL,
	"payout_email" varchar(255) NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "dream_boards_slug_key" UNIQUE("slug"),
	CONSTRAINT "valid_goal" CHECK ("dream_boards"."goal_cents" >= 2000),
	CONSTRAINT "valid_deadline" CHECK ("dream_boards"."deadline" > "dream_boards"."created_at"),
	CONSTRAINT "payout_method_valid" CHECK (("dream_boards"."gift_type" = 'takealot_product' AND "dream_boards"."payout_method" IN ('takealot_gift_card', 'karri_card_topup'))
      OR ("dream_boards"."gift_type" = 'philanthropy' AND "dream_boards"."payout_method" = 'philanthropy_donation')),
	CONSTRAINT "karri_card_required" CHECK ("dream_boards"."payout_method" != 'karri_card_topup' OR "dream_boards"."karri_card_number" IS NOT NULL),
	CONSTRAINT "overflow_required" CHECK (("dream_boards"."gift_type" = 'takealot_product' AND "dream_boards"."overflow_gift_data" IS NOT NULL)
      OR "dream_boards"."gift_type" = 'philanthropy')
);
--> statement-breakpoint
CREATE TABLE "hosts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"email" varchar(255) NOT NULL,
	"name" varchar(100),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "hosts_email_key" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "partners" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" varchar(100) NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "payout_items" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"payout_id" uuid NOT NULL,
	"dream_board_id" uuid NOT NULL,
	"type" "payout_item_type" NOT NULL,
	"amount_cents" integer NOT NULL,
	"metadata" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "valid_payout_item_amount" CHECK ("payout_items"."amount_cents" >= 0)
);
--> statement-breakpoint
CREATE TABLE "payouts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"partner_id" uuid NOT NULL,
	"dream_board_id" uuid NOT NULL,
	"type" "payout_type" NOT NULL,
	"gross_cents" integer NOT NULL,
	"fee_cents" integer NOT NULL,
	"net_cents" integer NOT NULL,
	"recipient_data" jsonb NOT NULL,
	"status" "payout_status" DEFAULT 'pending' NOT NULL,
	"external_ref" varchar(255),
	"error_message" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"completed_at" timestamp with time zone,
	CONSTRAINT "valid_amounts" CHECK ("payouts"."gross_cents" >= "payouts"."net_cents" AND "payouts"."net_cents" >= 0)
);
--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"api_key_id" uuid NOT NULL,
	"url" text NOT NULL,
	"events" text[] DEFAULT '{}'::text[] NOT NULL,
	"secret" text NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_events" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"api_key_id" uuid,
	"event_type" varchar(50) NOT NULL,
	"payload" jsonb NOT NULL,
	"status" varchar(20) DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"last_attempt_at" timestamp with time zone,
	"last_response_code" integer,
	"last_response_body" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_partner_id_fkey" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contributions" ADD CONSTRAINT "contributions_partner_id_fkey" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contributions" ADD CONSTRAINT "contributions_dream_board_id_fkey" FOREIGN KEY ("dream_board_id") REFERENCES "public"."dream_boards"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dream_boards" ADD CONSTRAINT "dream_boards_partner_id_fkey" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dream_boards" ADD CONSTRAINT "dream_boards_host_id_fkey" FOREIGN KEY ("host_id") REFERENCES "public"."hosts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payout_items" ADD CONSTRAINT "payout_items_payout_id_fkey" FOREIGN KEY ("payout_id") REFERENCES "public"."payouts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payout_items" ADD CONSTRAINT "payout_items_dream_board_id_fkey" FOREIGN KEY ("dream_board_id") REFERENCES "public"."dream_boards"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_partner_id_fkey" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payouts" ADD CONSTRAINT "payouts_dream_board_id_fkey" FOREIGN KEY ("dream_board_id") REFERENCES "public"."dream_boards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_events" ADD CONSTRAINT "webhook_events_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_api_keys_prefix" ON "api_keys" USING btree ("key_prefix");--> statement-breakpoint
CREATE INDEX "idx_api_keys_partner" ON "api_keys" USING btree ("partner_id");--> statement-breakpoint
CREATE INDEX "idx_api_keys_active" ON "api_keys" USING btree ("is_active") WHERE "api_keys"."is_active" = true;--> statement-breakpoint
CREATE INDEX "idx_audit_logs_action" ON "audit_logs" USING btree ("action");--> statement-breakpoint
CREATE INDEX "idx_audit_logs_target" ON "audit_logs" USING btree ("target_type","target_id");--> statement-breakpoint
CREATE INDEX "idx_audit_logs_actor" ON "audit_logs" USING btree ("actor_type","actor_id");--> statement-breakpoint
CREATE INDEX "idx_contributions_dream_board" ON "contributions" USING btree ("dream_board_id");--> statement-breakpoint
CREATE INDEX "idx_contributions_partner" ON "contributions" USING btree ("partner_id");--> statement-breakpoint
CREATE INDEX "idx_contributions_status" ON "contributions" USING btree ("payment_status");--> statement-breakpoint
CREATE INDEX "idx_contributions_pending_processing" ON "contributions" USING btree ("payment_status","created_at") WHERE "contributions"."payment_status" IN ('pending', 'processing');--> statement-breakpoint
CREATE INDEX "idx_contributions_payment_ref" ON "contributions" USING btree ("payment_provider","payment_ref");--> statement-breakpoint
CREATE INDEX "idx_dream_boards_host" ON "dream_boards" USING btree ("host_id");--> statement-breakpoint
CREATE INDEX "idx_dream_boards_partner" ON "dream_boards" USING btree ("partner_id");--> statement-breakpoint
CREATE INDEX "idx_dream_boards_slug" ON "dream_boards" USING btree ("slug");--> statement-breakpoint
CREATE INDEX "idx_dream_boards_status" ON "dream_boards" USING btree ("status");--> statement-breakpoint
CREATE INDEX "idx_dream_boards_deadline" ON "dream_boards" USING btree ("deadline") WHERE "dream_boards"."status" = 'active';--> statement-breakpoint
CREATE INDEX "idx_hosts_email" ON "hosts" USING btree ("email");--> statement-breakpoint
CREATE UNIQUE INDEX "unique_partners_name" ON "partners" USING btree ("name");--> statement-breakpoint
CREATE INDEX "idx_payout_items_payout" ON "payout_items" USING btree ("payout_id");--> statement-breakpoint
CREATE INDEX "idx_payout_items_dream_board" ON "payout_items" USING btree ("dream_board_id");--> statement-breakpoint
CREATE INDEX "idx_payout_items_type" ON "payout_items" USING btree ("type");--> statement-breakpoint
CREATE UNIQUE INDEX "unique_payout_item_type" ON "payout_items" USING btree ("payout_id","type");--> statement-breakpoint
CREATE INDEX "idx_payouts_status" ON "payouts" USING btree ("status");--> statement-breakpoint
CREATE INDEX "idx_payouts_dream_board" ON "payouts" USING btree ("dream_board_id");--> statement-breakpoint
CREATE INDEX "idx_payouts_partner" ON "payouts" USING btree ("partner_id");--> statement-breakpoint
CREATE INDEX "idx_webhook_endpoints_api_key" ON "webhook_endpoints" USING btree ("api_key_id");--> statement-breakpoint
CREATE INDEX "idx_webhook_endpoints_active" ON "webhook_endpoints" USING btree ("is_active") WHERE "webhook_endpoints"."is_active" = true;--> statement-breakpoint
CREATE INDEX "idx_webhook_events_status" ON "webhook_events" USING btree ("status") WHERE "webhook_events"."status" = 'pending';--> statement-breakpoint
CREATE INDEX "idx_webhook_events_api_key" ON "webhook_events" USING btree ("api_key_id");--> statement-breakpoint
CREATE VIEW "public"."dream_boards_with_totals" AS (
SELECT
  db.*,
  COALESCE(SUM(c.net_cents) FILTER (WHERE c.payment_status = 'completed'), 0) as raised_cents,
  COUNT(c.id) FILTER (WHERE c.payment_status = 'completed') as contribution_count,
  GREATEST(
    COALESCE(SUM(c.net_cents) FILTER (WHERE c.payment_status = 'completed'), 0) - db.goal_cents,
    0
  ) as overflow_cents
FROM dream_boards db
LEFT JOIN contributions c ON c.dream_board_id = db.id
GROUP BY db.id
);--> statement-breakpoint
CREATE VIEW "public"."expiring_dream_boards" AS (
SELECT * FROM dream_boards
WHERE status = 'active'
  AND deadline BETWEEN NOW() AND NOW() + INTERVAL '7 days'
ORDER BY deadline ASC
);