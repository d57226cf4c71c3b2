CREATE TABLE "gift_cards" (
	"payout_id" uuid NOT NULL,
	"external_ref" varchar(255) NOT NULL,
	"sealed" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"mailed_at" timestamp with time zone,
	CONSTRAINT "gift_cards_pkey" PRIMARY KEY("payout_id","external_ref")
);
--> statement-breakpoint
CREATE TABLE "payment_losses" (
	"dream_board_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"contribution_id" uuid NOT NULL,
	"payment_provider" "payment_provider" NOT NULL,
	"provider_payment_id" text NOT NULL,
	"lost_cents" integer NOT NULL,
	"recorded_at" timestamp with time zone NOT NULL,
	CONSTRAINT "payment_losses_pkey" PRIMARY KEY("dream_board_id","seq"),
	CONSTRAINT "payment_losses_positive" CHECK ("payment_losses"."lost_cents" > 0)
);
--> statement-breakpoint
CREATE TABLE "payout_executions" (
	"payout_id" uuid PRIMARY KEY NOT NULL,
	"dream_board_id" uuid NOT NULL,
	"status" "payout_status" NOT NULL,
	"attempt" integer NOT NULL,
	"execution_id" uuid,
	"method" varchar(20),
	"started_at" timestamp with time zone,
	"error_code" varchar(100),
	"seq" integer NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"next_try_at" timestamp with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp with time zone,
	"last_error" varchar(200),
	CONSTRAINT "payout_executions_method_valid" CHECK ("payout_executions"."method" IN ('hand', 'partner', 'automation'))
);
--> statement-breakpoint
CREATE TABLE "payout_holds" (
	"dream_board_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"reason" varchar(50) NOT NULL,
	"contribution_id" uuid,
	"provider_payment_id" text,
	"placed_at" timestamp with time zone NOT NULL,
	"lifted_at" timestamp with time zone,
	CONSTRAINT "payout_holds_pkey" PRIMARY KEY("dream_board_id","seq")
);
--> statement-breakpoint
ALTER TABLE "mail_messages" ADD COLUMN "payout_id" uuid;--> statement-breakpoint
ALTER TABLE "gift_cards" ADD CONSTRAINT "gift_cards_payout_id_fkey" FOREIGN KEY ("payout_id") REFERENCES "public"."payouts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_losses" ADD CONSTRAINT "payment_losses_dream_board_id_fkey" FOREIGN KEY ("dream_board_id") REFERENCES "public"."dream_boards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payment_losses" ADD CONSTRAINT "payment_losses_contribution_id_fkey" FOREIGN KEY ("contribution_id") REFERENCES "public"."contributions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payout_executions" ADD CONSTRAINT "payout_executions_payout_id_fkey" FOREIGN KEY ("payout_id") REFERENCES "public"."payouts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payout_executions" ADD CONSTRAINT "payout_executions_dream_board_id_fkey" FOREIGN KEY ("dream_board_id") REFERENCES "public"."dream_boards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "payout_holds" ADD CONSTRAINT "payout_holds_dream_board_id_fkey" FOREIGN KEY ("dream_board_id") REFERENCES "public"."dream_boards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "idx_payment_losses_recorded" ON "payment_losses" USING btree ("recorded_at");--> statement-breakpoint
CREATE INDEX "idx_payout_executions_board" ON "payout_executions" USING btree ("dream_board_id");--> statement-breakpoint
CREATE INDEX "idx_payout_executions_unpaid" ON "payout_executions" USING btree ("status","next_try_at") WHERE "payout_executions"."status" IN ('pending', 'processing');--> statement-breakpoint
CREATE INDEX "idx_payout_holds_open" ON "payout_holds" USING btree ("dream_board_id") WHERE "payout_holds"."lifted_at" is null;--> statement-breakpoint
ALTER TABLE "mail_messages" ADD CONSTRAINT "mail_messages_payout_id_fkey" FOREIGN KEY ("payout_id") REFERENCES "public"."payouts"("id") ON DELETE no action ON UPDATE no action;