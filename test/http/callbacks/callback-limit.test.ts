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
const REFERENCE = "8k3m9q2rtw0v5x7yz1ab";
const BODY = `m_payment_id=${REFERENCE}&payment_status=COMPLETE&item_name=the%20forged%20text`;

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

  it("a callback without a client address is not limited", async () => {
    const { site, postCallback } = callbackSite();
    site.callbackLimit.allows = false;

    expect((await postCallback("payfast", { body: Buffer.from("x=y"), headers: {} })).status).toBe(400);
  });
});

describe("log of callbacks", () => {
  it("every callback writes one log line with its outcome, without secrets, signatures and body text", async () => {
    const { site, board, far, postCallback } = callbackSite();
    const begin = (provider: ProviderCallbacks) => board.begin(provider.name, 20_000);
    const sent = PROVIDERS.flatMap((provider) => {
      const genuine = provider.report(far, { reference: begin(provider), amount: 20_000 });
      const wrongAmount = provider.report(far, { reference: begin(provider), amount: 19_999 });
      const unusable = [provider.sign("{}"), provider.sign("x=%"), { ...genuine, headers: {} }];
      const forged = forgeries.filter((it) => it.provider === provider).map(({ forge }) => forge(provider, BODY));
      const all = [genuine, genuine, wrongAmount, ...unusable, ...forged];
      return all.map((it) => ({ provider, ...(it as typeof genuine) }));
    });
    const post = async ({ provider, body, headers }: (typeof sent)[number]) =>
      await postCallback(provider.name, { body: Buffer.from(body), headers }, CALLER_IP);
    for (const callback of sent) await post(callback);
    far.payfastAnswer = "NO";
    far.ozow.farSide = "answers 500";
    far.snapscan.behave("answers 500");
    const unconfirmed = PROVIDERS.map((provider) => ({
      provider,
      ...provider.report(far, { reference: begin(provider), amount: 20_000 }),
    }));
    for (const callback of unconfirmed) await post(callback);

    const lines = site.logged.filter(({ event }) => event === "callback");
    expect(lines).toHaveLength(sent.length + unconfirmed.length);
    for (const line of lines) expect(line.outcome === "refused" ? line.reason : line.outcome).toMatch(/^[a-z_]+$/);
    expect(new Set(lines.map(({ outcome }) => outcome))).toEqual(new Set(["recorded", "no_change", "refused"]));
    for (const line of lines.slice(-unconfirmed.length)) expect(line.reason).toBe("provider_unavailable");
    const log = JSON.stringify(site.logged);
    const signatures = [...sent, ...unconfirmed].flatMap(({ headers = {}, ...it }) => [
      ...Object.entries(headers).flatMap(([name, value]) => (name === "Content-Type" ? [] : [value])),
      /signature=(\w+)/.exec(textOf({ ...it, headers }))?.[1] ?? "none",
    ]);
    for (const secret of [...SECRETS, ...signatures, "forged", "the%20forged", "jose@example.com", "José"]) {
      expect(log).not.toContain(secret);
    }
    for (const reference of [REFERENCE, ...board.state.references.keys()]) expect(log).not.toContain(reference);
    expect(log).not.toContain(CALLER_IP);
  });
});
