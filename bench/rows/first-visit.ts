import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { createGzip } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { HOST_EMAIL } from "../../local/demo-boards.ts";
import { expectOk } from "../../local/guest.ts";
import { draftAsParent, headersOf, keepLogin, type Login, PARENT_BROWSER, signInAsParent } from "../../local/parent.ts";
import { type Platform, startPlatform } from "../../local/platform.ts";
import { type BenchOptions, BenchProblem } from "../arguments.ts";
import { ROOT } from "../bundle.ts";
import { insist } from "../checks.ts";
import type { Row } from "../table.ts";

/** Slow 4G as Lighthouse has it: 1.6 Mbit/s down, 0.75 up, 150 ms there and back. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };
const CPU_SLOWDOWN = 4;
const PHONE = {
  viewport: { width: 390, height: 664 },
  deviceScaleFactor: 3,
  isMobile: true,
  hasTouch: true,
  userAgent: PARENT_BROWSER,
};
/** What Cloudflare compresses on the way out. */
const COMPRESSED = /^(text\/|application\/(json|javascript)|image\/svg)/;

/** A browser at rest spends less than a tenth of one core. */
const REST = { sampleMs: 250, spentSeconds: 0.025, deadlineMs: 15_000 };

/** A page that is measured. `login`: of the parent who opens it; none for guests. */
type Visited = Readonly<{
  name: string;
  path: string;
  login?: Login;
  /** Largest paint in ms. None for a page that is measured for information. */
  paintsWithin?: number;
  /** Gzip, in KB. */
  script?: number;
}>;

/** In ms; the shift as Chromium scores it; the bytes of the scripts as they came. */
type Paint = Readonly<{ lcp: number; cls: number; scriptBytes: number }>;

const GUEST_PAINT_MS = 1_000;
const HOST_PAINT_MS = 1_200;
const HOST_SCRIPT_KB = 30;

/** A phone that has never been here opens pages of guests and of hosts, over a slow network, with production's compression. */
export async function firstVisitRows({ rounds }: BenchOptions, running: AsyncDisposableStack): Promise<Row[]> {
  const platform = running.adopt(await startPlatform({ ephemeral: true, seed: "demo", crons: false }), (started) =>
    started.stop(),
  );
  const edge = running.adopt(await startCompressing(platform.worker), ({ stop }) => stop());
  const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
  const browser = running.adopt(
    await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] }).catch((error: unknown) => {
      throw new BenchProblem(`Chromium does not start; give its path in CHROMIUM_PATH. ${String(error).slice(0, 200)}`);
    }),
    (started) => started.close(),
  );
  const pages = await pagesOf(platform);
  await warm(platform.worker, pages);
  await visit(browser, edge.origin, pages[0]);
  const paints = new Map<Visited, Paint[]>(pages.map((page) => [page, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [page, seen] of paints) seen.push(await visit(browser, edge.origin, page));
  }
  await browser.close();
  await edge.stop();
  await platform.stop();
  return [...paints].flatMap(([page, seen]) => rowsOf(page, seen));
}

async function pagesOf(platform: Platform): Promise<[Visited, ...Visited[]]> {
  const [{ id = "", slug = "" } = {}] = platform.boards;
  const login = await signInAsParent(platform, HOST_EMAIL);
  const draft = await draftAsParent(platform, login, "Zoë");
  const guest = { paintsWithin: GUEST_PAINT_MS };
  const host = { paintsWithin: HOST_PAINT_MS, script: HOST_SCRIPT_KB };
  const step = (name: string): Visited => ({ name, path: `/create/${name}?draft=${draft}`, login, ...host });
  const managed = { login, script: HOST_SCRIPT_KB };
  return [
    { name: "board", path: `/${slug}`, ...guest },
    { name: "form", path: `/${slug}/contribute`, ...guest },
    { name: "landing page", path: "/", ...host },
    { name: "a parent's address", path: "/create", ...host },
    { name: "first step, child", path: "/create/child", login, ...host },
    { ...step("gift"), name: "second step, gift" },
    { ...step("details"), name: "third step, details" },
    { ...step("review"), name: "last step, review" },
    { name: "a parent's boards", path: "/dashboard", ...managed },
    { name: "sharing a board", path: `/dashboard/${id}`, ...managed },
  ];
}

/** The Worker loads the code of a page when it is first asked for; most visits come later. */
async function warm(worker: string, pages: readonly Visited[]): Promise<void> {
  for (const { path, login } of pages) {
    const headers = login === undefined ? {} : headersOf(login);
    await (await expectOk(await fetch(worker + path, { headers, redirect: "error" }), path)).body?.cancel();
  }
}

function rowsOf({ name, paintsWithin, script }: Visited, seen: readonly Paint[]): Row[] {
  const note = `${PHONE.viewport.width} px wide, Slow 4G, processor ${CPU_SLOWDOWN} times slower, gzip`;
  const rows: Row[] = [
    {
      what: `${name}, largest paint`,
      figures: seen.map(({ lcp }) => lcp),
      unit: "ms",
      budget: paintsWithin === undefined ? null : { atMost: paintsWithin },
      note,
    },
    { what: "  layout shift", figures: seen.map(({ cls }) => cls), unit: "each", budget: { atMost: 0 }, note: "" },
  ];
  if (script === undefined) return rows;
  const figures = seen.map(({ scriptBytes }) => scriptBytes / 1024);
  return [...rows, { what: "  script", figures, unit: "KB", budget: { atMost: script }, note: "gzip" }];
}

async function visit(browser: Browser, origin: string, { path, login }: Visited): Promise<Paint> {
  const context = await browser.newContext(PHONE);
  try {
    const page = await context.newPage();
    if (login !== undefined) await keepLogin(page, origin, login);
    const scripts: Promise<number>[] = [];
    page.on("requestfinished", (request) => {
      if (request.resourceType() !== "script") return;
      scripts.push(request.sizes().then(({ responseBodySize }) => responseBodySize));
    });
    await untilAtRest(browser);
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", SLOW_4G);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
    await page.addInitScript({ path: join(ROOT, "bench/paint.js") });
    const answer = await page.goto(origin + path, { waitUntil: "networkidle" });
    insist(`the status of ${path}`, answer?.status(), 200);
    insist("the address", page.url(), origin + path);
    // On a slow machine everything may be loaded and not painted yet.
    await page.evaluate("new Promise((painted) => requestAnimationFrame(() => setTimeout(painted, 100)))");
    const paint = await page.evaluate(() => (globalThis as unknown as { paint: Omit<Paint, "scriptBytes"> }).paint); // made by the init script
    insist("a largest paint was seen", paint.lcp > 0, true);
    return { ...paint, scriptBytes: (await Promise.all(scripts)).reduce((sum, bytes) => sum + bytes, 0) };
  } finally {
    await context.close();
  }
}

/**
 * Chromium on a desk makes its own menus in each new window: hundreds of modules, half a second of CPU. A guest opens a link in a
 * browser that is open.
 */
async function untilAtRest(browser: Browser): Promise<void> {
  const devtools = await browser.newBrowserCDPSession();
  try {
    const spent = async () => {
      const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
      return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
    };
    const deadline = performance.now() + REST.deadlineMs;
    for (let last = await spent(); performance.now() < deadline; ) {
      await wait(REST.sampleMs);
      const now = await spent();
      if (now - last < REST.spentSeconds) return;
      last = now;
    }
    throw new BenchProblem("Chromium does not come to rest in a new window");
  } finally {
    await devtools.detach();
  }
}

/** A page loads pictures of its own origin only, so what names the Worker's names this one. */
const toOwn = (origin: string, own: string) =>
  async function* (chunks: AsyncIterable<Buffer>) {
    yield (await text(chunks)).replaceAll(origin, own);
  };

/** In front of the Worker: what the edge does to its answers on their way out. Sockets are refused; the page does without. */
async function startCompressing(origin: string): Promise<{ origin: string; stop(): Promise<void> }> {
  const { hostname, port } = new URL(origin);
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const onward = forward({ hostname, port, method, path, headers: { ...headers, host: `${hostname}:${port}` } });
    onward.once("error", () => outgoing.writeHead(502).end());
    onward.once("response", (answer) => {
      const status = answer.statusCode ?? 502;
      if (answer.headers["content-encoding"] || !COMPRESSED.test(answer.headers["content-type"] ?? "")) {
        outgoing.writeHead(status, answer.headers);
        return pipeline(answer, outgoing, () => undefined);
      }
      const { "content-length": _, ...kept } = answer.headers;
      outgoing.writeHead(status, { ...kept, "content-encoding": "gzip" });
      return pipeline(answer, toOwn(origin, `http://${headers.host}`), createGzip(), outgoing, () => undefined);
    });
    incoming.pipe(onward);
  });
  server.on("upgrade", (_, socket) => socket.end("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: own } = server.address() as AddressInfo; // it listens on a port
  return {
    origin: `http://127.0.0.1:${own}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
