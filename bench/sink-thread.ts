import { type AddressInfo, createServer } from "node:net";
import { parentPort } from "node:worker_threads";

/** One request to `/hook`; `at` in milliseconds since 1970, comparable across threads. */
export type Arrival = { at: number; headers: Record<string, string>; body: string };

const VALID = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nVALID";
const TAKEN = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";

/** As much of HTTP as keep-alive needs, and no more: the sink must never be what is measured. */
let arrivals: Arrival[] = [];
let answered = 0;

const server = createServer((socket) => {
  let waiting = "";
  socket.setNoDelay(true);
  socket.setEncoding("latin1");
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: string) => {
    waiting += chunk;
    for (;;) {
      const headEnd = waiting.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      const head = waiting.slice(0, headEnd);
      const length = bodyLength(head, waiting.slice(headEnd + 4));
      if (length === null || waiting.length < headEnd + 4 + length.taken) return;
      const isHook = head.startsWith("POST /hook");
      if (isHook)
        arrivals.push({ at: performance.timeOrigin + performance.now(), headers: headersOf(head), body: length.body });
      answered += 1;
      socket.write(isHook || !head.startsWith("POST /eng/query/validate") ? TAKEN : VALID);
      waiting = waiting.slice(headEnd + 4 + length.taken);
    }
  });
});

/** The body behind a head, and how many characters it takes up; null while it is not all there. */
function bodyLength(head: string, rest: string): { taken: number; body: string } | null {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return { taken: Number(length), body: rest.slice(0, Number(length)) };
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { taken: 0, body: "" };
  let body = "";
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf("\r\n", at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(rest.slice(at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (rest.length < next) return null;
    if (size === 0) return { taken: next, body };
    body += rest.slice(lineEnd + 2, lineEnd + 2 + size);
    at = next;
  }
}

function headersOf(head: string): Record<string, string> {
  const lines = head.split("\r\n").slice(1);
  return Object.fromEntries(
    lines.map((line) => line.split(/: */, 2)).map(([name = "", value = ""]) => [name.toLowerCase(), value]),
  );
}

parentPort?.on("message", (question: "arrivals" | "answered") => {
  parentPort?.postMessage(question === "answered" ? answered : arrivals);
  if (question === "arrivals") arrivals = [];
});
server.listen(0, "127.0.0.1", () => parentPort?.postMessage((server.address() as AddressInfo).port));
