import { expect, it } from "vitest";
import { ATTACK, GUESTS, hireAttackers } from "../../bench/attack/attackers.ts";
import { contribute, serveGuests } from "../../bench/attack/guests.ts";
import { subscribe } from "../../bench/stage.ts";
import { eventually } from "../support/eventually.ts";
import { setStage } from "./stage.ts";
import { aBoard } from "./stream.ts";

const stage = setStage();
const MINUTE_MS = 60_000;

it("guests are served and lost callbacks found while sockets, unpaid forms and a hanging endpoint attack their board", async () => {
  const { platform } = stage;
  const board = await aBoard(platform);
  const attackers = await hireAttackers({ ...ATTACK, origin: platform.worker, slug: board.slug });
  await subscribe(platform.worker, platform.partner.apiKey, attackers.hanging);

  await attackers.openSockets();
  const forms = attackers.sendForms();
  const served = await serveGuests(platform, board.slug, { ...GUESTS, first: 0 });
  const lost: string[] = [];
  for (const [n, provider] of (["payfast", "ozow", "payfast", "ozow"] as const).entries()) {
    const reference = await contribute(platform, board.slug, GUESTS.count + n, provider);
    await platform.simulate({ provider, reference, outcome: "silent" });
    lost.push(reference);
  }
  await forms;
  const { held, forms: answers } = await attackers.stop();

  // The bounds: 20 sockets of a network, 2,000 of a board, none of another site's page; unpaid forms meet a challenge.
  expect(held.crowd).toBeLessThanOrEqual(20);
  expect(held.foreignOrigin).toBe(0);
  expect(held.ownNetworks + held.crowd).toBeLessThanOrEqual(2_000);
  expect(Object.values(answers).reduce((sum, count) => sum + count, 0)).toBe(ATTACK.attempts);
  const unpaid = await countOf("payment_status <> 'completed'");
  expect(unpaid).toBeLessThan(2_000);

  // The first run that may ask is the one three minutes after; none of them waits for a third.
  for (const minutes of [4, 9]) await platform.runJob("reconcile-payments", new Date(Date.now() + minutes * MINUTE_MS));
  await eventually(async () =>
    expect(await countOf("payment_status = 'completed'")).toBe(served.references.length + 4),
  );
  for (const reference of lost)
    expect(await countOf(`payment_status = 'completed' AND payment_ref = '${reference}'`)).toBe(1);

  async function countOf(which: string): Promise<number> {
    const text = `SELECT count(*) FROM contributions WHERE dream_board_id = $1 AND ${which}`;
    const { rows } = await platform.postgres.query({ text, params: [board.id] });
    return Number(rows[0]?.[0]);
  }
});
