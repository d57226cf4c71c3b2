import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { WebSocket } from "ws";
import { DEMO_BOARDS } from "../demo-boards.ts";
import { ROOT } from "../worker/build-options.ts";

export type SmokeOptions = {
  /** of the pages */
  origin: string;
  /** of the API; `origin` unless given */
  api?: string | undefined;
  /** of a partner that is made for this, with the scope `dreamboards:write` */
  apiKey: string;
  /** The version that answers, of a Worker with two: sent with each request. `name` is the Worker's. */
  version?: { worker: string; id: string } | undefined;
  /** for each step, in milliseconds */
  stepMs?: number;
  print(line: string): void;
};

/** A sentence with the remedy. */
export class SmokeProblem extends Error {
  override name = "SmokeProblem";
}

const STEP_MS = 15_000;

/**
 * Goes a guest's way once: opens a board by the API, loads its page, reads the socket's first message, starts a payment
 * that nobody pays, and cancels the board. The board is cancelled also when a step between fails.
 * @throws SmokeProblem at the first step that fails.
 */
export async function smoke(options: SmokeOptions): Promise<void> {
  const { origin, api = origin, apiKey, version, stepMs = STEP_MS, print } = options;
  const override = version && {
    "Cloudflare-Workers-Version-Overrides": `${version.worker}="${version.id}"`,
  };

  async function step<Result>(name: string, run: (signal: AbortSignal) => Promise<[Result, string]>): Promise<Result> {
    const signal = AbortSignal.timeout(stepMs);
    try {
      const [result, seen] = await run(signal);
      print(`ok      ${name}: ${seen}`);
      return result;
    } catch (error) {
      print(`FAILED  ${name}`);
      if (error instanceof SmokeProblem) throw error;
      if (signal.aborted)
        throw new SmokeProblem(`${name}: no answer within ${stepMs / 1_000} s; look at the Worker's log`);
      throw new SmokeProblem(`${name}: ${reasonOf(error)}; is the origin right, and does its Worker run?`);
    }
  }

  async function ask(signal: AbortSignal, url: string, init: RequestInit = {}): Promise<Response> {
    return await fetch(url, {
      redirect: "manual",
      ...init,
      signal,
      headers: { ...override, ...(init.headers as Record<string, string> | undefined) },
    });
  }
  const callApi = (signal: AbortSignal, method: string, path: string, body: unknown) =>
    ask(signal, `${api}/v1${path}`, {
      method,
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    });

  await step("the API is ready", async (signal) => {
    const answer = await ask(signal, `${api}/health/ready`);
    const text = await answer.text();
    if (!text.includes('"status"')) throw new SmokeProblem(`${api} is not a ChipIn API: give its origin with --api`);
    if (answer.status !== 200)
      throw new SmokeProblem(`${api}/health/ready answered ${answer.status}: is Postgres there?`);
    return [null, "Postgres is up"];
  });

  const board = await step("a board is opened by the API", async (signal) => {
    const answer = await callApi(signal, "POST", "/dream-boards", {
      ...DEMO_BOARDS[0]?.body(origin, new Date()),
      child_name: "Smoke",
      message: "A board that checks a deployment. It is cancelled at once.",
    });
    if (answer.status === 401 || answer.status === 403) {
      throw new SmokeProblem(
        `the API answered ${answer.status}: set CHIPIN_API_KEY to a key of this environment with the scope dreamboards:write`,
      );
    }
    if (answer.status !== 201)
      throw new SmokeProblem(`the API answered ${answer.status} instead of 201: ${await briefly(answer)}`);
    const { data } = (await answer.json()) as { data: { id: string; slug: string } };
    return [data, data.id];
  });

  try {
    await step("its page is shown", async (signal) => {
      const answer = await ask(signal, `${origin}/${board.slug}`);
      const page = await answer.text();
      if (answer.status !== 200 || !page.includes(`/${board.slug}/live`)) {
        throw new SmokeProblem(
          `${origin} answered ${answer.status} without the board's page: is it the origin of the pages?`,
        );
      }
      return [null, `200, ${page.length} characters`];
    });

    await step("its socket sends the board", async (signal) => {
      const address = `${origin.replace(/^http/, "ws")}/${board.slug}/live`;
      const message = await firstMessage(address, { origin, ...override }, signal);
      if (!message.includes('"view"')) throw new SmokeProblem("the socket's first message holds no view of the board");
      return [null, `${message.length} characters`];
    });

    await step("a payment is started", async (signal) => {
      const address = `${origin}/${board.slug}/contribute`;
      const page = await (await ask(signal, address)).text();
      const submission = inputs(page).get("submission");
      if (!submission) throw new SmokeProblem(`${address} shows no form`);
      const form = new URLSearchParams({ amount: "20", name: "", message: "", provider: "payfast", submission });
      const answer = await ask(signal, address, {
        method: "POST",
        body: form,
        headers: { origin, "sec-fetch-site": "same-origin" },
      });
      const checkout = await answer.text();
      const reference = inputs(checkout).get("m_payment_id");
      if (answer.status !== 200 || !reference) {
        throw new SmokeProblem(
          `the contribution form answered ${answer.status} without a form for PayFast: are PayFast's settings put?`,
        );
      }
      return [null, "PayFast's form, which nobody sends"];
    });
  } finally {
    await step("the board is cancelled", async (signal) => {
      const answer = await callApi(signal, "PATCH", `/dream-boards/${board.id}`, { status: "cancelled" });
      if (answer.status !== 200 && answer.status !== 202) {
        throw new SmokeProblem(
          `the API answered ${answer.status}: cancel ${board.id} by hand: ${await briefly(answer)}`,
        );
      }
      return [null, String(answer.status)];
    });
  }
}

/** The key of the environment, or of the local platform when `origin` is the one that runs here. */
export async function smokeKey(origin: string, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  if (env.CHIPIN_API_KEY) return env.CHIPIN_API_KEY;
  const text = await readFile(join(ROOT, ".local/platform.json"), "utf8").catch(() => null);
  const handle = text === null ? null : (JSON.parse(text) as { worker: string; partner: { apiKey: string } });
  if (handle?.worker === origin) return handle.partner.apiKey;
  throw new SmokeProblem("CHIPIN_API_KEY is not set: it is the key of a partner that is made for this check");
}

function firstMessage(address: string, headers: Record<string, string>, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, { headers });
    const stop = () => socket.terminate();
    signal.addEventListener("abort", stop, { once: true });
    socket.once("message", (data) => {
      resolve(String(data));
      socket.close();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new SmokeProblem("the socket was closed before its first message")));
  });
}

/** The values of a page's inputs by name; the last one of a name. */
function inputs(page: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [tag] of page.matchAll(/<input\b[^>]*>/g)) {
    const name = /\bname="([^"]*)"/.exec(tag)?.[1];
    const value = /\bvalue="([^"]*)"/.exec(tag)?.[1];
    if (name && value !== undefined) values.set(name, value);
  }
  return values;
}

async function briefly(answer: Response): Promise<string> {
  return (await answer.text()).slice(0, 300);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
