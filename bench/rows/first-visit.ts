import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { createGzip } from "node:zlib";
import { type Browser, chromium } from "playwright-core";
import { startPlatform } from "../../local/platform.ts";
import { type BenchOptions, BenchProblem } from "../arguments.ts";
import { ROOT } from "../bundle.ts";
import { insist } from "../checks.ts";
import type { Row } from "../table.ts";

/** Slow 4G as Lighthouse has it: 1.6 Mbit/s down, 0.75 up, 150 ms there and back. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 93_750 };
const CPU_SLOWDOWN = 4;
const PHONE = { viewport: { width: 390, height: 664 }, deviceScaleFactor: 3, isMobile: true, hasTouch: true };
/** What Cloudflare compresses on the way out. */
const COMPRESSED = /^(text\/|application\/(json|javascript)|image\/svg)/;

/** A browser at rest spends less than a tenth of one core. */
const REST = { sampleMs: 250, spentSeconds: 0.025, deadlineMs: 15_000 };

type Paint = { lcp: number; cls: number };

/** A phone that has never been here opens a board and its form, over a slow network, with production's compression. */
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
  const slug = platform.boards[0]?.slug ?? "";
  const pages = { board: `/${slug}`, form: `/${slug}/contribute` };
  await visit(browser, edge.origin + pages.board);
  const paints: Record<keyof typeof pages, Paint[]> = { board: [], form: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ["board", "form"] as const) paints[name].push(await visit(browser, edge.origin + pages[name]));
  }
  await browser.close();
  await edge.stop();
  await platform.stop();
  const note = `${PHONE.viewport.width} px wide, Slow 4G, processor ${CPU_SLOWDOWN} times slower, gzip`;
  return Object.entries(paints).flatMap(([name, seen]): Row[] => [
    {
      what: `${name}, largest paint`,
      figures: seen.map(({ lcp }) => lcp),
      unit: "ms",
      budget: { atMost: 1_000 },
      note,
    },
    { what: "  layout shift", figures: seen.map(({ cls }) => cls), unit: "each", budget: { atMost: 0 }, note: "" },
  ]);
}

async function visit(browser: Browser, url: string): Promise<Paint> {
  const context = await browser.newContext(PHONE);
  try {
    const page = await context.newPage();
    await untilAtRest(browser);
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", SLOW_4G);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
    await page.addInitScript({ path: join(ROOT, "bench/paint.js") });
    const answer = await page.goto(url, { waitUntil: "networkidle" });
    insist(`the status of ${new URL(url).pathname}`, answer?.status(), 200);
    // On a slow machine everything may be loaded and not painted yet.
    await page.evaluate("new Promise((painted) => requestAnimationFrame(() => setTimeout(painted, 100)))");
    const paint = await page.evaluate(() => (globalThis as unknown as { paint: Paint }).paint); // made by the init script
    insist("a largest paint was seen", paint.lcp > 0, true);
    return paint;
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
