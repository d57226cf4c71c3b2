import { availableParallelism } from "node:os";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { buildAssets } from "./local/assets.ts";
import { sqlTests } from "./test/support/sql-tests.ts";

/** What the objects and consumers need to know in workerd; the gateway's address comes from the global setup. */
const WORKER_SETTINGS = {
  PUBLIC_ORIGIN: "https://chipin.test",
  DATABASE_URL: "postgres://chipin:chipin@database.test/chipin",
  RESEND_API_KEY: "re_test",
  CARD_DATA_ENCRYPTION_KEY: `test:${Buffer.alloc(32, 7).toString("base64")},older:${Buffer.alloc(32, 6).toString("base64")}`,
  API_KEY_PEPPER: "a pepper for tests only",
  INTERNAL_JOB_SECRET: "a job secret for tests only",
  SESSION_SECRET: "a session secret for tests only",
  LOCAL_PLATFORM: "1",
};

// The Worker under test imports the names of the built assets.
await buildAssets();

export default defineConfig({
  test: {
    silent: "passed-only",
    // One core stays free by default; on two cores that would be half of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: "node",
          // A real Postgres is slower to set up, so there only the tests that run SQL are run.
          include: process.env.TEST_POSTGRES_URL ? sqlTests() : ["test/**/*.test.{ts,tsx}"],
          exclude: ["test/workers/**", "test/browser/**", "test/chaos/**"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // The files of one worker share their modules: loading them, and compiling the embedded Postgres, took longer
          // than the tests. A module keeps no state that one test could leave to another.
          isolate: false,
          setupFiles: ["test/support/restore-globals.ts", "test/support/property-seed.ts"],
        },
      },
      {
        extends: true,
        plugins: [
          cloudflareTest(({ inject }) => {
            const door = inject<string>("door");
            const outside = { NEON_HTTP_ENDPOINT: `${door}/sql`, RESEND_BASE_URL: door };
            return {
              wrangler: { configPath: "./wrangler.toml" },
              miniflare: { bindings: { ...WORKER_SETTINGS, ...outside } },
            };
          }),
        ],
        test: {
          name: "workers",
          include: ["test/workers/**/*.test.ts"],
          globalSetup: ["test/support/workers-setup.ts"],
          setupFiles: ["test/support/kept-console.ts", "test/support/load-modules.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "chaos",
          include: ["test/chaos/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
