import { describe, expect, it } from "vitest";
import { SECRETS } from "../far-sides.ts";
import { callbackSite } from "./callback-site.ts";
import { DOORS, type Door, textOf } from "./doors.ts";

const STRANGER = "203.0.113.66";

/** Callbacks without proof, by what is wrong with them. */
const UNPROVEN: Record<Door["name"], readonly [reason: string, forge: (door: Door, body: string) => RequestInit][]> = {
  payfast: [
    ["signature_mismatch", (door, body) => door.sign(body, "not ours")],
    ["unsigned", (_, body) => ({ body })],
    ["malformed", (_, body) => ({ body: `${body}&item_name=again` })],
  ],
  ozow: [
    ["signature_mismatch", (door, body) => door.sign(body, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
    ["unsigned", (_, body) => ({ body })],
  ],
  snapscan: [
    ["signature_mismatch", (door, body) => door.sign(body, "not ours")],
    ["unsigned", (_, body) => ({ body })],
  ],
};
const forgeries = DOORS.flatMap((door) => UNPROVEN[door.name].map(([reason, forge]) => ({ door, reason, forge })));
const BODY = "m_payment_id=8k3m9q2rtw0v5x7yz1ab&payment_status=COMPLETE&item_name=the%20forged%20text";

describe("the limit on callbacks", () => {
  it.each(forgeries)("stops forged calls of one address to $door.name: $reason", async ({ door, reason, forge }) => {
    const { site, board, knock, seen, far } = callbackSite();
    const reference = board.begin(door.name, 20_000);
    site.callbackBrake.most = 100;
    const before = seen();
    const { body = "", headers = {} } = forge(door, BODY);
    const forged = { body: Buffer.from(body as string), headers: headers as Record<string, string> };

    const statuses: number[] = [];
    for (let call = 0; call < 60; call += 1) statuses.push((await knock(door.name, forged, STRANGER)).status);
    expect(statuses).toEqual(Array(60).fill(door.refusal));
    expect(seen()).toEqual(before);

    const genuine = door.tell(far, { reference, amount: 20_000 });
    expect((await knock(door.name, genuine, STRANGER)).status).toBe(door.thanks);
    expect(board.standing()).toMatchObject({ counted: 19_400, paid: 1 });
    const afterwards = seen();

    for (let call = 60; call < 110; call += 1) statuses.push((await knock(door.name, forged, STRANGER)).status);
    expect(statuses.slice(60)).toEqual([...Array(40).fill(door.refusal), ...Array(10).fill(429)]);
    expect(seen()).toEqual(afterwards);
    expect((await knock(door.name, forged, "203.0.113.67")).status).toBe(door.refusal);
    expect(site.logged.at(-2)).toMatchObject({ event: "callback", status: 429, outcome: "refused", reason });
  });

  it.each(DOORS)("takes what $name signed from an address that is braked already", async (door) => {
    const { site, board, far, knock } = callbackSite();
    const reference = board.begin(door.name, 20_000);
    site.callbackBrake.allows = false;
    expect((await knock(door.name, door.sign("x", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZI"), STRANGER)).status).toBe(429);

    expect((await knock(door.name, door.tell(far, { reference, amount: 20_000 }), STRANGER)).status).toBe(door.thanks);
    expect(board.standing().paid).toBe(1);
    expect(site.callbackBrake.asked).toEqual([STRANGER]);
  });

  it.each(DOORS)("counts nothing that $name signed, whatever it says", async (door) => {
    const { site, knock } = callbackSite();
    for (const body of ["{}", "x=y", '{"type":"nothing.of.ours"}', "payload=%7B%7D", "payload={}&payload={}", "%"]) {
      // For PayFast the last but one is the same field twice, which cannot be signed.
      if (door.name === "payfast" && body.includes("}&")) continue;
      expect([200, 204, 400]).toContain((await knock(door.name, door.sign(body), STRANGER)).status);
    }
    expect(site.callbackBrake.asked).toEqual([]);
  });

  it("lets calls pass whose address is unknown", async () => {
    const { site, knock } = callbackSite();
    site.callbackBrake.allows = false;

    expect((await knock("payfast", { body: Buffer.from("x=y"), headers: {} })).status).toBe(400);
  });

  it("logs one line for every attempt, with its reason, and never a secret, a signature or what was sent", async () => {
    const { site, board, far, knock } = callbackSite();
    const sent = DOORS.flatMap((door) => {
      const genuine = door.tell(far, { reference: board.begin(door.name, 20_000), amount: 20_000 });
      const forged = forgeries.filter((it) => it.door === door).map(({ forge }) => forge(door, BODY));
      return [genuine, genuine, door.sign("{}"), ...forged].map((it) => ({ door, ...(it as typeof genuine) }));
    });
    for (const { door, body, headers } of sent) await knock(door.name, { body: Buffer.from(body), headers }, STRANGER);

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
    expect(log).not.toContain(STRANGER);
  });
});
