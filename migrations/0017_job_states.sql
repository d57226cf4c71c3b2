CREATE TABLE "job_states" (
	"name" varchar(50) PRIMARY KEY NOT NULL,
	"run_id" uuid,
	"lease_until" timestamp with time zone,
	"done_as_of" timestamp with time zone
);
