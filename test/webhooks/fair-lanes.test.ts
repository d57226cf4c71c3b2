import { expect, it } from "vitest";
import { type LaneEnd, sendInFairLanes } from "#webhooks/fair-lanes";

const SLOTS = { shared: 2, alone: 5 };

type Item = Readonly<{ partner: string; endpoint: string; takesMs: number; end: LaneEnd }>;
type Sent = Item & { beganAt: number; beside: string[] };

/** A clock that jumps to the next timer as soon as nothing else happens. */
function virtualClock() {
  let now = 0;
  const timers: { at: number; resolve: () => void }[] = [];
  return {
    now: () => now,
    wait: (ms: number) => new Promise<void>((resolve) => void timers.push({ at: now + ms, resolve })),
    async run(): Promise<void> {
      for (;;) {
        await new Promise(setImmediate);
        timers.sort((one, other) => one.at - other.at);
        const next = timers.shift();
        if (!next) return;
        now = next.at;
        next.resolve();
      }
    },
  };
}

/** Sends all items in five lanes, each taking its time. `endedAt` in ms. */
async function play(items: readonly Item[], { slots = SLOTS, stopsPartners = true } = {}) {
  const clock = virtualClock();
  const sent: Sent[] = [];
  const underWay: string[] = [];
  let endedAt = Number.NaN;
  const playing = sendInFairLanes(items, {
    lanes: 5,
    slots,
    stopsPartners,
    endpointOf: ({ endpoint }) => endpoint,
    partnerOf: ({ partner }) => partner,
    mayBegin: () => clock.now() <= 20_000,
    send: async (item) => {
      underWay.push(item.endpoint);
      sent.push({ ...item, beganAt: clock.now(), beside: [...underWay] });
      await clock.wait(item.takesMs);
      underWay.splice(underWay.indexOf(item.endpoint), 1);
      return item.end;
    },
  }).then((unsent) => {
    endedAt = clock.now();
    return unsent;
  });
  await clock.run();
  return { ...(await playing), sent, endedAt };
}

const many = (count: number, item: Partial<Item> & { partner: string }): Item[] =>
  Array.from({ length: count }, () => ({ endpoint: `${item.partner}-1`, takesMs: 20, end: "answered", ...item }));
const hanging = (count: number, partner: string): Item[] => many(count, { partner, takesMs: 10_000, end: "silent" });
const sixtyHangingEndpoints: Item[] = hanging(60, "slow").map((item, nth) => ({ ...item, endpoint: `slow-${nth}` }));

const mostAtOnce = (sent: readonly Sent[], endpoint: string) =>
  Math.max(...sent.map(({ beside }) => beside.filter((one) => one === endpoint).length));

it("another partner's deliveries begin at once beside deliveries that hang, and the batch ends with the first silences", async () => {
  const rows = [
    ["sixty for one endpoint", hanging(60, "slow"), 1],
    ["one each for sixty endpoints", sixtyHangingEndpoints, 1],
    ["sixty for one endpoint, forty others", hanging(60, "slow"), 40],
    ["one each for sixty endpoints, forty others", sixtyHangingEndpoints, 40],
  ] as const;
  const found = [];
  for (const [hang, slow, count] of rows) {
    const { sent, endedAt } = await play([...slow, ...many(count, { partner: "quick" })]);
    const quick = sent.filter(({ partner }) => partner === "quick");
    const beganAt = quick.map((item) => item.beganAt);
    found.push([hang, quick.length, Math.min(...beganAt), Math.max(...beganAt) < 1_000, endedAt < 11_000]);
  }

  expect(found).toEqual(rows.map(([hang, , count]) => [hang, count, 0, true, true]));
});

it("an endpoint holds two slots while others wait, and all lanes when none does", async () => {
  const shared = await play([...many(40, { partner: "busy" }), ...many(20, { partner: "other", takesMs: 40 })]);
  const alone = await play(many(40, { partner: "busy" }));
  const whileShared = shared.sent.filter(({ beganAt }) => beganAt < 300);

  expect([mostAtOnce(whileShared, "busy-1"), mostAtOnce(alone.sent, "busy-1")]).toEqual([2, 5]);
  expect([shared.sent.length, alone.sent.length]).toEqual([60, 40]);
});

it("the lanes are shared by partners first, so more endpoints give no partner a larger share", async () => {
  const endpoints = many(40, { partner: "many" }).map((item, nth) => ({ ...item, endpoint: `many-${nth % 8}` }));
  const { sent } = await play([...endpoints, ...many(4, { partner: "one" })]);

  expect(sent.filter(({ partner }) => partner === "one").map(({ beganAt }) => beganAt)).toEqual([0, 0, 20, 20]);
});

it("after a silence nothing more is sent to that endpoint, and the others go on", async () => {
  const other = many(3, { partner: "slow", endpoint: "slow-2" });
  const { sent, stopped, late } = await play([...hanging(10, "slow"), ...other]);

  expect(sent.map(({ endpoint }) => endpoint).sort()).toEqual([
    ...Array(sent.length - 3).fill("slow-1"),
    ...Array(3).fill("slow-2"),
  ]);
  expect([sent.length + stopped.length, late]).toEqual([13, []]);
  expect(new Set(stopped.map(({ endpoint }) => endpoint))).toEqual(new Set(["slow-1"]));
  expect(stopped.length).toBeGreaterThanOrEqual(5);
});

it("with two silent endpoints of a partner nothing more of the partner is sent", async () => {
  const silent = hanging(2, "slow").map((item, nth) => ({ ...item, endpoint: `slow-${nth}`, takesMs: 50 }));
  const rest = many(30, { partner: "slow", takesMs: 40 }).map((item, nth) => ({
    ...item,
    endpoint: `slow-${nth + 9}`,
  }));
  const { sent, stopped } = await play([...silent, ...rest]);

  expect(Math.max(...sent.map(({ beganAt }) => beganAt))).toBeLessThanOrEqual(50);
  expect(sent.length + stopped.length).toBe(32);
  expect(stopped.length).toBeGreaterThan(20);
});

it("in the slow queue each endpoint has one lane, and a silent one stops nothing but itself", async () => {
  const slow = hanging(12, "slow").map((item, nth) => ({ ...item, endpoint: `slow-${nth % 6}`, takesMs: 3_000 }));
  const { sent, stopped } = await play(slow, { slots: { shared: 1, alone: 1 }, stopsPartners: false });
  const alone = await play(many(4, { partner: "slow" }), { slots: { shared: 1, alone: 1 }, stopsPartners: false });

  expect(new Set(sent.map(({ endpoint }) => endpoint)).size).toBe(6);
  expect([sent.length, stopped.length]).toEqual([6, 6]);
  expect(alone.sent.map(({ beganAt }) => beganAt)).toEqual([0, 20, 40, 60]);
});

it("nothing begins later than it may, and what is left over is late", async () => {
  const items = many(40, { partner: "steady", takesMs: 9_000 });
  const { sent, late, stopped, endedAt } = await play(items);

  expect(sent.map(({ beganAt }) => beganAt)).toEqual([0, 9_000, 18_000].flatMap((at) => Array(5).fill(at)));
  expect([late.length, stopped.length, endedAt]).toEqual([25, 0, 27_000]);
});

it("what was not sent is neither a silence nor an answer, and frees its lane", async () => {
  const { sent, stopped, late } = await play(many(12, { partner: "unread", end: "not_sent", takesMs: 0 }));

  expect([sent.length, stopped, late]).toEqual([12, [], []]);
});

it("an empty batch ends at once", async () => {
  expect(await play([])).toMatchObject({ sent: [], stopped: [], late: [], endedAt: 0 });
});
