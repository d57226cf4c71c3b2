import { once } from "node:events";
import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { HOST } from "../ports.ts";
import { type Answer, type Asked, SharedCache } from "./shared-cache.ts";

const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"]);

export type EdgeCacheServer = { cache: SharedCache; stop(): Promise<void> };

/**
 * A cache before the Worker as Cloudflare has one, on `port`; the Worker is on `workerPort`. Sockets pass through. Answers say
 * what became of them in `Cf-Cache-Status`, and no `Cache-Tag` leaves.
 */
export async function serveEdgeCache({
  port,
  workerPort,
}: {
  port: number;
  workerPort: number;
}): Promise<EdgeCacheServer> {
  const agent = new Agent({ keepAlive: true });
  const bodies = new WeakMap<Asked, Buffer>();
  const cache = new SharedCache((asked) => runWorker(asked, bodies.get(asked), { port: workerPort, agent }));
  const server = createServer(async (request, response) => {
    const { method = "GET", url: path = "/", headers } = request;
    const asked: Asked = { method, path, headers };
    try {
      bodies.set(asked, await bodyOf(request));
      answer(response, method, await cache.serve(asked));
    } catch {
      response.writeHead(502, { "Content-Type": "text/plain" }).end("The Worker does not answer.");
    }
  });
  const sockets = new Set<Duplex>();
  server.on("upgrade", (request, socket, head) => {
    const toWorker = connect(workerPort, HOST, () => {
      toWorker.write(`${request.method} ${request.url} HTTP/1.1\r\n${rawHeadersOf(request)}\r\n`);
      toWorker.write(head);
      socket.pipe(toWorker).pipe(socket);
    });
    for (const one of [socket, toWorker]) {
      sockets.add(one);
      one.on("error", () => one.destroy());
      one.once("close", () => {
        sockets.delete(one);
        socket.destroy();
        toWorker.destroy();
      });
    }
  });
  server.listen(port, HOST);
  await once(server, "listening");
  return {
    cache,
    async stop() {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function answer(response: ServerResponse, method: string, served: Awaited<ReturnType<SharedCache["serve"]>>): void {
  const { "cache-tag": _, ...headers } = served.headers;
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !HOP_BY_HOP.has(name));
  response.writeHead(served.status, {
    ...(Object.fromEntries(kept) as Record<string, string | string[]>),
    "cf-cache-status": served.cacheStatus,
    "content-length": served.body.length,
  });
  response.end(method === "HEAD" ? undefined : served.body);
}

function runWorker(
  { method, path, headers }: Asked,
  body: Buffer | undefined,
  { port, agent }: { port: number; agent: Agent },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
    const sent = ask({ host: HOST, port, method, path, headers: passed, agent }, async (response) => {
      try {
        resolve({ status: response.statusCode ?? 502, headers: response.headers, body: await bodyOf(response) });
      } catch (error) {
        reject(error);
      }
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function rawHeadersOf({ rawHeaders }: IncomingMessage): string {
  return rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("");
}
