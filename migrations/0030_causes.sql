CREATE TABLE "causes" (
	"id" varchar(40) PRIMARY KEY NOT NULL,
	"name" varchar(200) NOT NULL,
	"organisation" varchar(200) NOT NULL,
	"npo_number" varchar(40),
	"category" varchar(20) NOT NULL,
	"description" text NOT NULL,
	"image" text NOT NULL,
	"impacts" jsonb NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"sort" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "causes_id_valid" CHECK ("causes"."id" ~ '^[a-z0-9][a-z0-9-]*$'),
	CONSTRAINT "causes_category_valid" CHECK ("causes"."category" IN ('education', 'food', 'environment', 'health', 'animals'))
);
--> statement-breakpoint
INSERT INTO "causes" ("id", "name", "organisation", "category", "description", "image", "impacts", "sort") VALUES
	('food-forward', 'Feed Hungry Children', 'Food Forward SA', 'food', 'Food Forward SA brings good surplus food to children who would otherwise go without.', '/causes/food-forward.jpg', '[{"goal": 25000, "impact": "Feed 5 children for a week"}, {"goal": 50000, "impact": "Feed 10 children for a week"}, {"goal": 100000, "impact": "Feed 20 children for a week"}]', 1),
	('greenpop', 'Plant Trees', 'Greenpop', 'environment', 'Greenpop plants indigenous trees with schools and communities across southern Africa.', '/causes/greenpop.jpg', '[{"goal": 15000, "impact": "Plant 3 trees"}, {"goal": 50000, "impact": "Plant 10 trees"}, {"goal": 100000, "impact": "Plant a mini forest of 20 trees"}]', 2)
ON CONFLICT DO NOTHING;
