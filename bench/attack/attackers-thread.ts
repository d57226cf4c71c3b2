import { randomUUID } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { WebSocket } from "ws";

/** What the attackers are told at their start. Counts are of tries. */
export type AttackPlan = Readonly<{
  origin: string;
  slug: string;
  sockets: number;
  attempts: number;
  perSecond: number;
}>;
/** What they had of it. `held` are sockets that were accepted, by the network they came from. */
export type AttackReport = Readonly<{
  held: { crowd: number; ownNetworks: number; foreignOrigin: number };
  /** How often the form was answered with each status. */
  forms: Readonly<Record<number, number>>;
}>;

/** What the thread is asked, one answer each, after it said where its endpoint hangs. */
export type Question = "openSockets" | "sendForms" | "stop";

const SOCKETS_AT_ONCE = 40;
/** One address, whose network may hold few; and an address for each, whose networks may. */
const CROWD = "198.51.100.7";

const { origin, slug, sockets, attempts, perSecond } = workerData as AttackPlan;
const report = { held: { crowd: 0, ownNetworks: 0, foreignOrigin: 0 }, forms: {} as Record<number, number> };
const open = new Set<WebSocket>();

/** Takes connections and never answers. */
const hanging = createServer((socket) => socket.on("error", () => socket.destroy()));
hanging.listen(0, "127.0.0.1", () => {
  parentPort?.postMessage({ origin: `http://127.0.0.1:${(hanging.address() as AddressInfo).port}` });
});

const ANSWERS: Readonly<Record<Question, () => Promise<unknown>>> = {
  openSockets,
  sendForms,
  stop: async () => {
    for (const socket of open) socket.terminate();
    hanging.close();
    return report;
  },
};
parentPort?.on("message", async (question: Question) => parentPort?.postMessage(await ANSWERS[question]()));

/** A third from one address, a third each from a network of its own, a third from another site's page. */
async function openSockets(): Promise<void> {
  const kinds = [
    { kind: "crowd", from: () => CROWD, page: origin },
    { kind: "ownNetworks", from: networkOf, page: origin },
    { kind: "foreignOrigin", from: networkOf, page: "https://evil.example" },
  ] as const;
  const tries = Array.from({ length: sockets }, (_, n) => n);
  const lane = async () => {
    for (let n = tries.pop(); n !== undefined; n = tries.pop()) {
      const { kind, from, page } = kinds[n % kinds.length] ?? kinds[0];
      if (await holdSocket(from(n), page)) report.held[kind] += 1;
    }
  };
  await Promise.all(Array.from({ length: SOCKETS_AT_ONCE }, lane));
}

function holdSocket(address: string, page: string): Promise<boolean> {
  const url = `${origin.replace(/^http/, "ws")}/${slug}/live`;
  const socket = new WebSocket(url, { origin: page, headers: { "CF-Connecting-IP": address } });
  return new Promise((resolve) => {
    socket.on("open", () => {
      open.add(socket);
      resolve(true);
    });
    socket.on("close", () => {
      open.delete(socket);
      resolve(false);
    });
    // A refusal is an error and then a close.
    socket.on("error", () => undefined);
  });
}

/** One form after another at a steady pace, whatever the answers do, each from a /64 of its own. */
async function sendForms(): Promise<void> {
  const pending: Promise<void>[] = [];
  for (let n = 0; n < attempts; n += 1) {
    pending.push(sendForm(n));
    await new Promise((resolve) => setTimeout(resolve, 1_000 / perSecond));
  }
  await Promise.all(pending);
}

async function sendForm(n: number): Promise<void> {
  const provider = n % 2 === 0 ? "payfast" : "ozow";
  const form = new URLSearchParams({
    amount: "20",
    name: `Stranger ${n}`,
    message: "",
    provider,
    submission: randomUUID(),
  });
  const headers = { "CF-Connecting-IP": networkOf(n), origin, "sec-fetch-site": "same-origin" };
  const answer = await fetch(`${origin}/${slug}/contribute`, {
    method: "POST",
    body: form,
    headers,
    redirect: "manual",
  })
    .then(async (response) => {
      await response.body?.cancel();
      return response.status;
    })
    .catch(() => 0);
  report.forms[answer] = (report.forms[answer] ?? 0) + 1;
}

/** The nth /64 of one /40: 65,536 to a /48 and more. */
function networkOf(n: number): string {
  return `2001:db8:${Math.floor(n / 256).toString(16)}:${(n % 256).toString(16)}::1`;
}
