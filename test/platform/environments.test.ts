import { expect, it } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { TRIGGERS } from "../../src/jobs/triggers.ts";

const TOP_LEVEL = "development";
type Environment = typeof TOP_LEVEL | "staging" | "production";

/**
 * What may differ between the environments, and why. A path names a field as wrangler reads it. A list of objects has its
 * objects by name: `durable_objects.bindings.DREAM_BOARD`, `queues.consumers.mail`. `*` stands for one part of a path.
 */
const DIFFERENCES: Readonly<Record<string, string>> = {
  name: "each environment is a Worker of its own, and the top level is none that is deployed",
  targetEnvironment: "wrangler's note of the environment",
  main: "local tools bundle the source; what is deployed was bundled before, and is uploaded as it is",
  base_dir: "where the modules that are deployed are",
  no_bundle: "the modules that are deployed are bundled already",
  find_additional_modules: "what is deployed has several modules",
  rules: "which of the files beside the main module are modules",
  routes: "development has no domain",
  "triggers.crons": "staging's Postgres suspends between runs",
  "vars.ENVIRONMENT": "what settings allow",
  "vars.PUBLIC_ORIGIN": "the host of the pages",
  "vars.API_ORIGIN": "the host of the API; development has one host for both",
  "vars.PAYFAST_SANDBOX": "play money outside production",
  "vars.PAYFAST_API_ENABLED": "the sandbox's API cannot be relied on; the local platform sets its own",
  "vars.OZOW_BASE_URL": "play money outside production; the local platform sets its own",
  "vars.OZOW_SITE_CODE": "from the accounts; the local platform sets its own",
  "vars.SNAPSCAN_SNAPCODE": "SnapScan has no sandbox, so production alone has it",
  "vars.TURNSTILE_SITE_KEY": "from the accounts; the local platform sets its own",
  "vars.ADMIN_EMAIL_ALLOWLIST": "from the accounts; the local platform sets its own",
  "r2_buckets.PICTURES.bucket_name": "each environment has a bucket of its own",
  "secrets.required": "development has no stored secrets",
  "ratelimits.*.namespace_id": "counters are shared by all that have the same id",
};

/** Names of queues end with the environment, and are compared without it. */
const withoutSuffix = (name: string) => name.replace(/-(staging|production)$/, "");

const environments = Object.fromEntries(
  ([TOP_LEVEL, "staging", "production"] as const).map((name) => [
    name,
    flat(readConfig({ config: "wrangler.toml", env: name === TOP_LEVEL ? undefined : name })),
  ]),
) as Record<Environment, Map<string, string>>;

it("development, staging and production differ only where the list says so", () => {
  const all = new Set(Object.values(environments).flatMap((fields) => [...fields.keys()]));
  const differing = [...all].filter((path) => new Set(Object.values(environments).map((e) => e.get(path))).size > 1);

  expect(differing.filter((path) => !listed(path))).toEqual([]);
  expect(Object.keys(DIFFERENCES).filter((entry) => !differing.some((path) => matches(entry, path)))).toEqual([]);
});

it("the top level has the name of no deployed Worker, and no route", () => {
  const names = Object.values(environments).map((fields) => fields.get("name"));

  expect(names).toEqual(['"chipin-local"', '"chipin-staging"', '"chipin"']);
  expect(environments.development.get("routes")).toBe(undefined);
});

it("each deployed environment has queues, routes, buckets and limiter counters of its own", () => {
  const own = (environment: "staging" | "production") => {
    const {
      queues,
      ratelimits,
      routes,
      r2_buckets: buckets,
    } = readConfig({ config: "wrangler.toml", env: environment });
    const names = JSON.stringify([queues, ratelimits, routes, buckets]).matchAll(
      /"([^"]*(?:-staging|-production|chipin\.co\.za)|\d{4})"/g,
    );
    return [...names].map(([, name]) => name);
  };
  const [staging, production] = [own("staging"), own("production")];

  expect([staging, production].map(({ length }) => length > 10)).toEqual([true, true]);
  expect(staging.filter((resource) => production.includes(resource))).toEqual([]);
});

it("production and development have the crons of the schedule, and staging one that runs every job", () => {
  const crons = ([undefined, "production", "staging"] as const).map(
    (env) => readConfig({ config: "wrangler.toml", env }).triggers.crons,
  );
  const own = Object.values(TRIGGERS).map(({ cron }) => cron);

  expect(crons).toEqual([own, own, ["*/15 6-18 * * MON-FRI"]]);
});

it("no log holds a path or a query, and no deployment breaks off what an object does", () => {
  for (const env of [undefined, "staging", "production"]) {
    const { observability, durable_objects: objects } = readConfig({ config: "wrangler.toml", env });
    expect(observability).toMatchObject({ redact_query_string: true, logs: { invocation_logs: false } });
    expect(objects).toMatchObject({ code_update_strategy: { mode: "deferred" } });
  }
});

it("every environment has the cache before the Worker, and no version shows what another one made", () => {
  for (const env of [undefined, "staging", "production"]) {
    expect(readConfig({ config: "wrangler.toml", env }).cache).toEqual({ enabled: true });
  }
});

/** Every leaf by its path, as JSON. */
function flat(value: unknown, path: readonly string[] = [], into = new Map<string, string>()): Map<string, string> {
  const isWhole = path.length > 0 && ["routes", "rules", "definedEnvironments"].includes(path[0] ?? "");
  if (!isWhole && Array.isArray(value) && value.every((item) => typeof item === "object" && item !== null)) {
    for (const item of value) flat(item, [...path, nameOf(item)], into);
  } else if (!isWhole && typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) flat(inner, [...path, key], into);
  } else if (value !== undefined) {
    into.set(
      path.join("."),
      JSON.stringify(typeof value === "string" && path[0] === "queues" ? withoutSuffix(value) : value),
    );
  }
  return into;
}

function nameOf(item: Record<string, unknown>): string {
  return withoutSuffix(String(item.binding ?? item.name ?? item.queue ?? item.tag));
}

const listed = (path: string) => Object.keys(DIFFERENCES).some((entry) => matches(entry, path));

function matches(entry: string, path: string): boolean {
  const [parts, pathParts] = [entry.split("."), path.split(".")];
  return parts.length === pathParts.length && parts.every((part, at) => part === "*" || part === pathParts[at]);
}
