import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { RateRule } from "#domain/rate-limit";
import { BINDINGS, BOARD_OBJECT } from "../../src/privacy/registry.ts";
import { openBoard } from "./support.ts";

const listed = ({ holds = {}, none = {} }: (typeof BINDINGS)[string]) => [
  ...Object.keys(holds),
  ...Object.values(none).flatMap((names) => names.split(" ")),
];

it("the registry lists every table and column of a board's object, and no others", async () => {
  const { board } = await openBoard();

  const found = await runInDurableObject(board.stub, (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>(
        `SELECT t.name || '.' || c.name AS name FROM sqlite_master t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE '\\_cf\\_%' ESCAPE '\\'`,
      )
      .toArray()
      .map(({ name }) => name),
  );

  const columns = Object.entries(BOARD_OBJECT).flatMap(([table, store]) =>
    listed(store).map((name) => `${table}.${name.replace(/^json\..*/, "json")}`),
  );
  expect([...new Set(columns)].sort()).toEqual(found.sort());
});

it("the registry lists every key that a limiter, a switch and an account store", async () => {
  const limiter = env.RATE_LIMITER.getByName("ip:203.0.113.7");
  const rule: RateRule = { name: "a_rule", limit: 1, windowMs: 60_000, kind: "sliding" };
  await limiter.strike(rule, { key: "a-key", blockMs: 60_000 });
  await limiter.noteKeyChange("key_1");
  const providerSwitch = env.PROVIDER_SWITCH.getByName("ozow");
  await providerSwitch.pause("their status page says down");
  await providerSwitch.report("failed");
  const account = env.HOST_ACCOUNT.getByName("an-account");
  const device = "a-device";
  const host = { id: "a-host", email: "thandi@example.com", name: null };
  await account.issueLink({ digest: "a-link", email: host.email, next: null, device });
  await account.signIn("a-link", { digest: "a-login", device, browser: "Firefox", loginId: "login-1" }, host);
  await account.saveDraft("login-1", { id: "draft-1", json: "{}", version: 0 });
  await account.findLogin({ digest: "a-login", device }, undefined, { uses: ["upload"] });

  const keysOf = (stub: DurableObjectStub) =>
    runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()].map(([key]) => key.replace(/:.*/, ":")));
  const found = {
    RATE_LIMITER: await keysOf(limiter),
    PROVIDER_SWITCH: await keysOf(providerSwitch),
    HOST_ACCOUNT: await keysOf(account),
  };

  const keys = (binding: string) =>
    listed(BINDINGS[binding] ?? {})
      .filter((name) => name !== "name")
      .sort();
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((binding) => [binding, keys(binding)])));
});
