CREATE TABLE "reencryption_walks" (
	"place" varchar(100) PRIMARY KEY NOT NULL,
	"keys" text NOT NULL,
	"keys_since" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone,
	"clean_at" timestamp with time zone,
	"after" jsonb,
	"found" integer DEFAULT 0 NOT NULL,
	"unreadable" integer DEFAULT 0 NOT NULL
);
