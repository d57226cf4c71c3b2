import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LiveViewers } from "../../durable-objects/live-viewers.ts";
import { GIFT_VIEW } from "../http/guest-pages/views.ts";

const START = new Date("2026-12-01T08:00:00.000Z");
const MINUTE_MS = 60_000;

class FakeSocket {
  readonly counts: number[] = [];
  isClosed = false;
  attachment: unknown = null;
  heardAt: Date | null = null;

  send(message: string): void {
    this.counts.push(JSON.parse(message).view.contributionCount);
  }
  close(): void {
    this.isClosed = true;
  }
  serializeAttachment(value: unknown): void {
    this.attachment = value;
  }
  deserializeAttachment(): unknown {
    return this.attachment;
  }
}

/** A board whose view changes only in its count, and the runtime's list of sockets in memory. */
function aBoard(sockets: number) {
  const open = Array.from({ length: sockets }, () => new FakeSocket());
  const networks = new Map<FakeSocket, string | undefined>();
  const board = { count: 0 as number | null };
  const inNetwork = (tag?: string) => (socket: FakeSocket) => tag === undefined || networks.get(socket) === tag;
  const context = {
    setWebSocketAutoResponse: () => undefined,
    acceptWebSocket: (socket: FakeSocket, tags: string[]) => {
      networks.set(socket, tags[0]);
      open.push(socket);
    },
    getWebSockets: (tag?: string) => open.filter((socket) => !socket.isClosed).filter(inNetwork(tag)),
    getWebSocketAutoResponseTimestamp: (socket: FakeSocket) => socket.heardAt,
  } as unknown as DurableObjectState; // the part of it that viewers use
  const viewers = new LiveViewers(context, () =>
    board.count === null ? null : { ...GIFT_VIEW, contributionCount: board.count },
  );
  return {
    open,
    /** A payment, or the end of the board with null. */
    change(count: number | null) {
      board.count = count;
      viewers.changed(Date.now());
    },
    touch: () => viewers.changed(Date.now()),
    join: (network: string) =>
      viewers.welcome(new Request("https://board/live", { headers: { "ChipIn-Network": network } }), Date.now()).status,
    /** How often each page was told what, as `told: pages`. */
    told() {
      const all = open.map(({ counts }) => counts.join(" "));
      return Object.fromEntries(
        [...new Set(all)].map((counts) => [counts, all.filter((other) => other === counts).length]),
      );
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  vi.stubGlobal("WebSocketRequestResponsePair", class {});
  vi.stubGlobal(
    "WebSocketPair",
    class {
      0 = new FakeSocket();
      1 = new FakeSocket();
    },
  );
  vi.stubGlobal(
    "Response",
    class {
      readonly status: number;
      // Node's own refuses the status of an upgrade.
      constructor(_body: null, { status }: { status: number }) {
        this.status = status;
      }
    },
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("a change is sent in slices, and the object rests between them", async () => {
  const { change, told } = aBoard(2_000);

  change(1);
  expect(told()).toEqual({ "1": 50, "": 1_950 });
  await vi.advanceTimersByTimeAsync(5);
  expect(told()).toEqual({ "1": 50, "": 1_950 });
  await vi.advanceTimersByTimeAsync(5);
  expect(told()).toEqual({ "1": 100, "": 1_900 });

  await vi.runAllTimersAsync();
  expect(told()).toEqual({ "1": 2_000 });
  // Half of the interval, so that the other half is left for the sending itself.
  expect(Date.now() - START.getTime()).toBeGreaterThan(200);
  expect(Date.now() - START.getTime()).toBeLessThan(250);
});

it("a newer view supersedes the one that is being sent, and reaches those who had the older one in the next pass", async () => {
  const { change, told } = aBoard(700);

  change(1);
  change(2);
  await vi.advanceTimersByTimeAsync(10);
  expect(told()).toEqual({ "1": 50, "2": 50, "": 600 });

  await vi.runAllTimersAsync();
  expect(told()).toEqual({ "1 2": 50, "2": 650 });
});

it.each([
  { viewers: 10, intervalMs: 200 },
  { viewers: 800, intervalMs: 200 },
  { viewers: 2_000, intervalMs: 500 },
])("$viewers viewers are told of steady changes every $intervalMs ms", async ({ viewers, intervalMs }) => {
  const { change, open } = aBoard(viewers);

  for (let payment = 1; payment <= 1_000; payment += 1) {
    change(payment);
    await vi.advanceTimersByTimeAsync(10);
  }

  // The first was told at once.
  const intervals = (open.at(-1)?.counts.length ?? 0) - 1;
  expect(10_000 / intervals).toBeGreaterThanOrEqual(intervalMs);
  expect(10_000 / intervals).toBeLessThan(intervalMs * 1.1);
});

it("what guests cannot see is not sent, and no timer is left that would keep an idle object awake", async () => {
  const { change, touch, told } = aBoard(300);
  change(1);
  touch();
  touch();
  await vi.advanceTimersByTimeAsync(MINUTE_MS);

  expect(told()).toEqual({ "1": 300 });
  expect(vi.getTimerCount()).toBe(0);
});

it("a board that may not be shown any more closes every socket", async () => {
  const { change, open } = aBoard(500);

  change(null);
  await vi.runAllTimersAsync();

  expect(open.filter(({ isClosed }) => !isClosed)).toEqual([]);
});

it("a socket that breaks keeps no other from its news", async () => {
  const { change, open, told } = aBoard(3);
  const [broken] = open;
  if (broken) broken.send = () => expect.fail("gone");

  change(1);

  expect(told()).toEqual({ "": 1, "1": 2 });
});

it("phones that vanished without a word give up their places, and those that ping keep them", () => {
  const { join, open } = aBoard(0);
  const family = Array.from({ length: 21 }, () => join("family"));
  expect(family.filter((status) => status === 101)).toHaveLength(20);

  vi.setSystemTime(START.getTime() + 3 * MINUTE_MS);
  for (const socket of open.slice(0, 15)) socket.heardAt = new Date(Date.now() - 50_000);
  const later = Array.from({ length: 6 }, () => join("family"));

  expect(later).toEqual([101, 101, 101, 101, 101, 429]);
  expect(open.map(({ isClosed }) => isClosed)).toEqual([
    ...Array<boolean>(15).fill(false),
    ...Array<boolean>(5).fill(true),
    ...Array<boolean>(5).fill(false),
  ]);
});
