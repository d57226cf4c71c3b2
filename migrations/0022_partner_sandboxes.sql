CREATE TABLE "partner_sandboxes" (
	"sandbox_partner_id" uuid PRIMARY KEY NOT NULL,
	"partner_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "unique_sandbox_of_partner" UNIQUE("partner_id"),
	CONSTRAINT "partner_sandboxes_two_partners" CHECK ("partner_sandboxes"."sandbox_partner_id" <> "partner_sandboxes"."partner_id")
);
--> statement-breakpoint
ALTER TABLE "partner_sandboxes" ADD CONSTRAINT "partner_sandboxes_sandbox_partner_id_fkey" FOREIGN KEY ("sandbox_partner_id") REFERENCES "public"."partners"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "partner_sandboxes" ADD CONSTRAINT "partner_sandboxes_partner_id_fkey" FOREIGN KEY ("partner_id") REFERENCES "public"."partners"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
-- Test keys move to the sandbox of their partner, with their endpoints.
INSERT INTO "partners" ("name")
SELECT left(p.name, 75) || ' (sandbox ' || right(p.id::text, 12) || ')' FROM "partners" p
WHERE EXISTS (SELECT FROM "api_keys" k WHERE k.partner_id = p.id AND k.key_prefix LIKE 'cpk\_test\_%');--> statement-breakpoint
INSERT INTO "partner_sandboxes" ("sandbox_partner_id", "partner_id")
SELECT s.id, p.id FROM "partners" p JOIN "partners" s ON s.name = left(p.name, 75) || ' (sandbox ' || right(p.id::text, 12) || ')';--> statement-breakpoint
UPDATE "api_keys" k SET "partner_id" = s.id, "partner_name" = s.name
FROM "partner_sandboxes" b JOIN "partners" s ON s.id = b.sandbox_partner_id
WHERE k.partner_id = b.partner_id AND k.key_prefix LIKE 'cpk\_test\_%';
