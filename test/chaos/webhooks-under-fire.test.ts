import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Server } from "node:net";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { setStage } from "./stage.ts";
import { sandboxBoard } from "./stream.ts";

const stage = setStage();
const EVENTS = ["dreamboard.created", "contribution.received"];
/** Longer than the longest wait between two attempts, and long before the deadline of any board here. */
const TWO_DAYS_MS = 2 * 86_400_000;
const DRIP_MS = 1_000;

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/chipin`;
}

/** A partner's server, which keeps the bodies it got by `webhook-id`. `answer` gets how often an event has come, from 1. */
async function receiver(answer: (response: ServerResponse, times: number) => void) {
  const bodies = new Map<string, string[]>();
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const id = String(request.headers["webhook-id"]);
    const soFar = [...(bodies.get(id) ?? []), Buffer.concat(chunks).toString()];
    bodies.set(id, soFar);
    answer(response, soFar.length);
  });
  return { bodies, url: await listen(server) };
}

const fine = (response: ServerResponse) => response.end("thanks");

async function call(method: string, path: string, body?: unknown) {
  const { worker, sandbox } = stage.platform;
  const headers = { Authorization: `Bearer ${sandbox.apiKey}`, "Content-Type": "application/json" };
  const response = await fetch(`${worker}/v1${path}`, { method, headers, body: body ? JSON.stringify(body) : null });
  const answer = (await response.json()) as { data: unknown };
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer.data;
}

const register = async (url: string) => {
  const endpoint = { url, events: EVENTS, secret: "a secret of the receiver" };
  return (await call("POST", "/webhooks", endpoint)) as { id: string };
};

type Attempts = { deliveries: { webhook_id: string; status: string; attempts: { response_code: number | null }[] }[] };

/** What the API says of the deliveries of an event to one endpoint. */
async function deliveryOf(eventId: string, webhookId: string) {
  const { deliveries } = (await call("GET", `/events/${eventId}`)) as Attempts;
  const delivery = deliveries.find(({ webhook_id }) => webhook_id === webhookId);
  return { status: delivery?.status, codes: delivery?.attempts.map(({ response_code }) => response_code) };
}

const killWorker = () => stage.platform.restartWorker({ signal: "SIGKILL" });

/** A Worker that was killed holds its deliveries for a minute more. */
async function letLeasesRunOut(): Promise<void> {
  const client = new pg.Client({ connectionString: stage.cluster.url });
  await client.connect();
  await client.query("UPDATE webhook_deliveries SET lease_until = now(), requeue_at = now() WHERE lease_until > now()");
  await client.end();
}

describe("webhooks of a receiver that fails", () => {
  it("it gets each event once an attempt of the schedule until it works, although the Worker is killed in between", async () => {
    const { bodies, url } = await receiver((response, times) => {
      response.statusCode = times <= 6 ? 500 : 200;
      response.end();
    });
    const { id } = await register(url);
    const board = await sandboxBoard(stage.platform, 3);

    for (let attempt = 1; attempt <= 6; attempt += 1) {
      await eventually(() => bodies.size === 4 && [...bodies.values()].every(({ length }) => length === attempt));
      for (const eventId of bodies.keys())
        await eventually(async () => (await deliveryOf(eventId, id)).codes?.length === attempt);
      if (attempt === 3) await killWorker();
      const to = new Date(Date.now() + TWO_DAYS_MS).toISOString();
      await call("POST", `/sandbox/boards/${board.id}/advance`, { to });
    }

    const finished = { status: "delivered", codes: [500, 500, 500, 500, 500, 500, 200] };
    for (const eventId of bodies.keys())
      await eventually(async () => {
        expect(await deliveryOf(eventId, id)).toEqual(finished);
        return true;
      });
    expect([...bodies.values()].map(({ length }) => length)).toEqual([7, 7, 7, 7]);
    for (const sent of bodies.values()) expect(new Set(sent).size).toBe(1);
  });
});

describe("a Worker that is killed while receivers hold its webhooks", () => {
  it("each event arrives after the restart", async () => {
    let holds = true;
    const held: ServerResponse[] = [];
    const { bodies, url } = await receiver((response) => void (holds ? held.push(response) : fine(response)));
    const { id } = await register(url);
    await sandboxBoard(stage.platform, 4);
    await eventually(() => held.length > 0);

    await killWorker();
    holds = false;
    await eventually(async () => {
      // Each time: what the killed Worker had asked of Postgres may still claim a delivery.
      await letLeasesRunOut();
      await stage.platform.runJob("dispatch-webhooks");
      expect(bodies.size).toBe(5);
      for (const eventId of bodies.keys()) expect((await deliveryOf(eventId, id)).status).toBe("delivered");
      return true;
    }, 60_000);
  });
});

describe("endpoints whose answers drip", () => {
  it("another endpoint's first attempt of the same batch arrives while they still drip", async () => {
    let dripping = 0;
    const ends: Promise<unknown>[] = [];
    const dripper = createSocketServer((socket) => {
      dripping += 1;
      const answer = [..."HTTP/1.1 200 OK\r\nX: slow"];
      const drip = setInterval(() => socket.write(answer.shift() ?? "w"), DRIP_MS);
      socket.on("error", () => {});
      socket.on("close", () => {
        clearInterval(drip);
        dripping -= 1;
      });
      ends.push(new Promise((resolve) => socket.on("close", resolve)));
      socket.resume();
    });
    const dripUrl = await listen(dripper);
    for (const path of ["one", "two", "three"]) await register(`${dripUrl}/${path}`);
    const { bodies, url } = await receiver(fine);
    await register(url);

    await sandboxBoard(stage.platform, 0);
    // True only between the arrival of the event there and the moment when the first of the others is given up.
    await eventually(() => bodies.size === 1 && dripping === 3);
    await Promise.all(ends);
  });
});
