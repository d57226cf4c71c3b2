CREATE TABLE "board_flags" (
	"dream_board_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"flag" varchar(50) NOT NULL,
	"contribution_id" uuid,
	"provider_payment_id" text,
	"received_cents" integer,
	"raised_at" timestamp with time zone NOT NULL,
	"cleared_at" timestamp with time zone,
	"note" varchar(500),
	CONSTRAINT "board_flags_pkey" PRIMARY KEY("dream_board_id","seq")
);
--> statement-breakpoint
CREATE TABLE "payment_requests" (
	"contribution_id" uuid PRIMARY KEY NOT NULL,
	"dream_board_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"attempted_at" timestamp with time zone NOT NULL,
	"offer_expires_at" timestamp with time zone,
	"request_id" text,
	"expired_at" timestamp with time zone,
	"last_asked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "provider_payments" (
	"payment_provider" "payment_provider" NOT NULL,
	"provider_payment_id" text NOT NULL,
	"dream_board_id" uuid NOT NULL,
	"contribution_id" uuid NOT NULL,
	"amount_cents" integer NOT NULL,
	"kind" varchar(20) NOT NULL,
	"recorded_at" timestamp with time zone NOT NULL,
	CONSTRAINT "provider_payments_pkey" PRIMARY KEY("payment_provider","provider_payment_id"),
	CONSTRAINT "provider_payments_kind_valid" CHECK ("provider_payments"."kind" IN ('contribution', 'surplus', 'wrong_amount'))
);
--> statement-breakpoint
CREATE TABLE "settlement_differences" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"payment_provider" "payment_provider" NOT NULL,
	"provider_payment_id" text NOT NULL,
	"kind" varchar(30) NOT NULL,
	"day" date NOT NULL,
	"reference" text,
	"our_cents" integer,
	"their_cents" integer,
	"found_at" timestamp with time zone NOT NULL,
	"resolved_at" timestamp with time zone,
	"note" varchar(500),
	CONSTRAINT "unique_settlement_difference" UNIQUE("payment_provider","provider_payment_id","kind"),
	CONSTRAINT "settlement_differences_kind_valid" CHECK ("settlement_differences"."kind" IN ('missing_at_provider', 'missing_here', 'amount_differs'))
);
--> statement-breakpoint
CREATE TABLE "settlement_reports" (
	"payment_provider" "payment_provider" NOT NULL,
	"day" date NOT NULL,
	"ours" integer NOT NULL,
	"theirs" integer NOT NULL,
	"differences" integer NOT NULL,
	"compared_at" timestamp with time zone NOT NULL,
	CONSTRAINT "settlement_reports_pkey" PRIMARY KEY("payment_provider","day")
);
--> statement-breakpoint
ALTER TABLE "refunds" DROP CONSTRAINT "refunds_status_valid";--> statement-breakpoint
ALTER TABLE "mail_messages" ADD COLUMN "about" varchar(100);--> statement-breakpoint
ALTER TABLE "refunds" ADD COLUMN "attempt" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "refunds" ADD COLUMN "provider_refund_id" text;--> statement-breakpoint
ALTER TABLE "refunds" ADD COLUMN "reason" varchar(200);--> statement-breakpoint
ALTER TABLE "refunds" ADD COLUMN "completed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "refunds" ADD COLUMN "tries" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "refunds" ADD COLUMN "next_try_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "refunds" ADD COLUMN "lease_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "refunds" ADD COLUMN "last_error" text;--> statement-breakpoint
ALTER TABLE "refunds" ADD COLUMN "note" varchar(500);--> statement-breakpoint
ALTER TABLE "board_flags" ADD CONSTRAINT "board_flags_dream_board_id_fkey" FOREIGN KEY ("dream_board_id") REFERENCES "public"."dream_boards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_requests" ADD CONSTRAINT "payment_requests_contribution_id_fkey" FOREIGN KEY ("contribution_id") REFERENCES "public"."contributions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_requests" ADD CONSTRAINT "payment_requests_dream_board_id_fkey" FOREIGN KEY ("dream_board_id") REFERENCES "public"."dream_boards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "provider_payments" ADD CONSTRAINT "provider_payments_dream_board_id_fkey" FOREIGN KEY ("dream_board_id") REFERENCES "public"."dream_boards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "provider_payments" ADD CONSTRAINT "provider_payments_contribution_id_fkey" FOREIGN KEY ("contribution_id") REFERENCES "public"."contributions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_board_flags_open" ON "board_flags" USING btree ("raised_at") WHERE "board_flags"."cleared_at" is null;--> statement-breakpoint
CREATE INDEX "idx_payment_requests_expired" ON "payment_requests" USING btree ("expired_at") WHERE "payment_requests"."expired_at" is not null;--> statement-breakpoint
CREATE INDEX "idx_provider_payments_recorded" ON "provider_payments" USING btree ("recorded_at");--> statement-breakpoint
CREATE INDEX "idx_settlement_differences_open" ON "settlement_differences" USING btree ("found_at") WHERE "settlement_differences"."resolved_at" is null;--> statement-breakpoint
ALTER TABLE "refunds" ADD CONSTRAINT "unique_refund_of_payment" UNIQUE("contribution_id","provider_payment_id");--> statement-breakpoint
ALTER TABLE "refunds" ADD CONSTRAINT "refunds_status_valid" CHECK ("refunds"."status" IN ('requested', 'processing', 'completed', 'failed', 'by_hand'));