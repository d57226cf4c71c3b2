import { describe, expect, it } from "vitest";
import { SECRETS } from "../far-sides.ts";
import { callbackSite } from "./callback-site.ts";
import { PROVIDERS, type ProviderCallbacks, textOf } from "./provider-callbacks.ts";

const CALLER_IP = "203.0.113.66";

/** Callbacks without a valid signature, by the reason of their refusal. */
const INVALID: Record<
  ProviderCallbacks["name"],
  readonly [reason: string, forge: (provider: ProviderCallbacks, body: string) => RequestInit][]
> = {
  payfast: [
    ["signature_mismatch", (provider, body) => provider.sign(body, "not ours")],
    ["unsigned", (_, body) => ({ body })],
    ["malformed", (_, body) => ({ body: `${body}&item_name=again` })],
  ],
  ozow: [
    ["signature_mismatch", (provider, body) => provider.sign(body, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
    ["unsigned", (_, body) => ({ body })],
  ],
  snapscan: [
    ["signature_mismatch", (provider, body) => provider.sign(body, "not ours")],
    ["unsigned", (_, body) => ({ body })],
  ],
};
const forgeries = PROVIDERS.flatMap((provider) =>
  INVALID[provider.name].map(([reason, forge]) => ({ provider, reason, forge })),
);
const BODY = "m_payment_id=8k3m9q2rtw0v5x7yz1ab&payment_status=COMPLETE&item_name=the%20forged%20text";

describe("callback limit", () => {
  it.each(forgeries)(
    "forged $provider.name callbacks ($reason) from one address are answered 429 over the limit",
    async ({ provider, reason, forge }) => {
      const { site, board, postCallback, effects, far } = callbackSite();
      const reference = board.begin(provider.name, 20_000);
      site.callbackLimit.most = 100;
      const before = effects();
      const { body = "", headers = {} } = forge(provider, BODY);
      const forged = { body: Buffer.from(body as string), headers: headers as Record<string, string> };

      const statuses: number[] = [];
      for (let call = 0; call < 60; call += 1)
        statuses.push((await postCallback(provider.name, forged, CALLER_IP)).status);
      expect(statuses).toEqual(Array(60).fill(provider.refusedStatus));
      expect(effects()).toEqual(before);

      const genuine = provider.report(far, { reference, amount: 20_000 });
      expect((await postCallback(provider.name, genuine, CALLER_IP)).status).toBe(provider.acceptedStatus);
      expect(board.standing()).toMatchObject({ counted: 19_400, paid: 1 });
      const afterwards = effects();

      for (let call = 60; call < 110; call += 1)
        statuses.push((await postCallback(provider.name, forged, CALLER_IP)).status);
      expect(statuses.slice(60)).toEqual([...Array(40).fill(provider.refusedStatus), ...Array(10).fill(429)]);
      expect(effects()).toEqual(afterwards);
      expect((await postCallback(provider.name, forged, "203.0.113.67")).status).toBe(provider.refusedStatus);
      expect(site.logged.at(-2)).toMatchObject({ event: "callback", status: 429, outcome: "refused", reason });
    },
  );

  it.each(PROVIDERS)("a genuine $name callback is accepted from an address over the limit", async (provider) => {
    const { site, board, far, postCallback } = callbackSite();
    const reference = board.begin(provider.name, 20_000);
    site.callbackLimit.allows = false;
    expect(
      (await postCallback(provider.name, provider.sign("x", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZI"), CALLER_IP)).status,
    ).toBe(429);

    expect(
      (await postCallback(provider.name, provider.report(far, { reference, amount: 20_000 }), CALLER_IP)).status,
    ).toBe(provider.acceptedStatus);
    expect(board.standing().paid).toBe(1);
    expect(site.callbackLimit.asked).toEqual([CALLER_IP]);
  });

  it.each(PROVIDERS)(
    "a callback signed by $name does not count towards the limit, whatever its body",
    async (provider) => {
      const { site, postCallback } = callbackSite();
      for (const body of ["{}", "x=y", '{"type":"nothing.of.ours"}', "payload=%7B%7D", "payload={}&payload={}", "%"]) {
        // PayFast does not sign a body with a repeated field.
        if (provider.name === "payfast" && body.includes("}&")) continue;
        expect([200, 204, 400]).toContain((await postCallback(provider.name, provider.sign(body), CALLER_IP)).status);
      }
      expect(site.callbackLimit.asked).toEqual([]);
    },
  );

  it("a callback without a client address is not limited", async () => {
    const { site, postCallback } = callbackSite();
    site.callbackLimit.allows = false;

    expect((await postCallback("payfast", { body: Buffer.from("x=y"), headers: {} })).status).toBe(400);
  });

  it("every callback writes one log line with its outcome, without secrets, signatures and body text", async () => {
    const { site, board, far, postCallback } = callbackSite();
    const sent = PROVIDERS.flatMap((provider) => {
      const genuine = provider.report(far, { reference: board.begin(provider.name, 20_000), amount: 20_000 });
      const forged = forgeries.filter((it) => it.provider === provider).map(({ forge }) => forge(provider, BODY));
      return [genuine, genuine, provider.sign("{}"), ...forged].map((it) => ({ provider, ...(it as typeof genuine) }));
    });
    for (const { provider, body, headers } of sent)
      await postCallback(provider.name, { body: Buffer.from(body), headers }, CALLER_IP);

    const lines = site.logged.filter(({ event }) => event === "callback");
    expect(lines).toHaveLength(sent.length);
    for (const line of lines) expect(line.outcome === "refused" ? line.reason : line.outcome).toMatch(/^[a-z_]+$/);
    const log = JSON.stringify(site.logged);
    const signatures = sent.flatMap(({ headers = {}, ...it }) => [
      ...Object.entries(headers).flatMap(([name, value]) => (name === "Content-Type" ? [] : [value])),
      /signature=(\w+)/.exec(textOf({ ...it, headers }))?.[1] ?? "none",
    ]);
    for (const secret of [...SECRETS, ...signatures, "forged", "the%20forged", "jose@example.com", "José"]) {
      expect(log).not.toContain(secret);
    }
    for (const reference of board.state.references.keys()) expect(log).not.toContain(reference);
    expect(log).not.toContain(CALLER_IP);
  });
});
