import { expect, it } from "vitest";
import { parseOperators } from "#platform/operators";
import { settingsOf } from "#platform/settings";

const NOMSA = "nomsa-secret-of-24-chars";
const TAG = "ab".repeat(32);
const SIPHO = "sipho:secret=of/24+chars";
const DEVELOPMENT = {
  ENVIRONMENT: "development",
  PUBLIC_ORIGIN: "https://chipin.test",
  DATABASE_URL: "postgres://x:x@nowhere.test/none",
  CARD_DATA_ENCRYPTION_KEY: `test:${Buffer.alloc(32, 7).toString("base64")}`,
  API_KEY_PEPPER: "a pepper for tests only",
  INTERNAL_JOB_SECRET: "the-secret-of-all-machines",
  SESSION_SECRET: "a session secret for tests, 3",
};

it("a list of operators gives each e-mail in lower case with its secret", () => {
  expect(parseOperators(` Nomsa@chipin.test:${NOMSA} ,sipho@chipin.test:${SIPHO},`)).toEqual([
    { email: "nomsa@chipin.test", secret: NOMSA },
    { email: "sipho@chipin.test", secret: SIPHO },
  ]);
  expect(parseOperators("")).toEqual([]);
});

it("unusable operators and half an Access are refused by name, and no secret is quoted", () => {
  const rows: [settings: Record<string, string>, problem: string][] = [
    [{ OPERATORS: NOMSA }, "OPERATORS: entry 1 must be e-mail:secret"],
    [{ OPERATORS: `a@b.test:${NOMSA},nomsa:${SIPHO}` }, "OPERATORS: entry 2 must be e-mail:secret"],
    [{ OPERATORS: "a@b.test:23-characters-are-few!" }, "OPERATORS: entry 1 needs a secret of at least 24 characters"],
    [
      { OPERATORS: "a@b.test:a secret with spaces in it" },
      "OPERATORS: entry 1 needs a secret of at least 24 characters",
    ],
    [{ OPERATORS: `a@b.test:${NOMSA},A@b.test:${SIPHO}` }, "OPERATORS: an e-mail occurs twice"],
    [{ OPERATORS: `a@b.test:${NOMSA},c@b.test:${NOMSA}` }, "OPERATORS: a secret occurs twice"],
    [
      { OPERATORS: `a@b.test:${DEVELOPMENT.INTERNAL_JOB_SECRET}` },
      "OPERATORS: a person's secret must not be INTERNAL_JOB_SECRET",
    ],
    [
      { ACCESS_TEAM_DOMAIN: "https://chipin.example", ACCESS_AUDIENCE: TAG },
      "ACCESS_TEAM_DOMAIN: must be like chipin.cloudflareaccess.com",
    ],
    [{ ACCESS_TEAM_DOMAIN: "chipin.cloudflareaccess.com" }, "ACCESS_AUDIENCE: needed beside ACCESS_TEAM_DOMAIN"],
    [{ ACCESS_AUDIENCE: TAG }, "ACCESS_TEAM_DOMAIN: needed beside ACCESS_AUDIENCE"],
    [
      { ACCESS_AUDIENCE: "tag", ACCESS_TEAM_DOMAIN: "chipin.cloudflareaccess.com" },
      "ACCESS_AUDIENCE: must be the 64 hex digits of the application",
    ],
  ];
  const problemOf = (settings: Record<string, string>) => {
    try {
      settingsOf({ ...DEVELOPMENT, ...settings });
      return "accepted";
    } catch (error) {
      return (error as Error).message;
    }
  };

  expect(rows.map(([settings]) => problemOf(settings))).toEqual(
    rows.map(([, problem]) => `settings are not usable: ${problem}`),
  );
  expect(problemOf({ OPERATORS: "", ACCESS_TEAM_DOMAIN: "", ACCESS_AUDIENCE: "" })).toBe("accepted");
});
