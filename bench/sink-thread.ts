import { type AddressInfo, createServer } from "node:net";
import { parentPort } from "node:worker_threads";
import type { Paid } from "./notices.ts";
import {
  NOBODYS,
  OZOW_BASE_PATH,
  ozowPayment,
  ozowToken,
  ozowTransaction,
  ozowTransactionPath,
  SITEVERIFY_PATH,
  snapscanPaymentOf,
  snapscanPaymentPath,
  VALIDATE_PATH,
} from "./outside.ts";

/** One request to `/hook`; `at` in milliseconds since 1970, comparable across threads. */
export type Arrival = { at: number; headers: Record<string, string>; body: string };

/** What this thread is asked for, one answer each. `snapscan`: payments it can be asked about from then on. */
export type Question = "arrivals" | "answered" | { snapscan: readonly Paid[] };

const TAKEN = answerWith("text/plain", "ok");
const VALID = answerWith("text/plain", "VALID");
const UNKNOWN = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
const TOKEN = answerWithJson(ozowToken());

const HOOK = "POST /hook";
/** Is never answered. */
const HANG = "POST /hang";
const VALIDATE = `POST ${VALIDATE_PATH}`;
const SITEVERIFY = `POST ${SITEVERIFY_PATH}`;
const SOLVED = answerWithJson({ success: true, "error-codes": [] });
const OZOW_TOKEN = `POST ${OZOW_BASE_PATH}/token`;
const OZOW_PAYMENT = `POST ${OZOW_BASE_PATH}/payments`;
const OZOW_TRANSACTION = `GET ${ozowTransactionPath("")}`;
const SNAPSCAN_PAYMENT = `GET ${snapscanPaymentPath("")}`;

let arrivals: Arrival[] = [];
let answered = 0;
let origin = "";
/** By number: a number is all that SnapScan is asked by. */
const snapscanReferences = new Map([[NOBODYS.number, NOBODYS.reference]]);

/** As much of HTTP as keep-alive needs, and no more: the sink must never be what is measured. */
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
      answered += 1;
      if (!head.startsWith(HANG)) socket.write(answerTo(head, length.body));
      waiting = waiting.slice(headEnd + 4 + length.taken);
    }
  });
});

function answerTo(head: string, body: string): string {
  if (head.startsWith(VALIDATE)) return VALID;
  if (head.startsWith(SITEVERIFY)) return SOLVED;
  if (head.startsWith(OZOW_TRANSACTION)) {
    return answerWithJson(ozowTransaction(origin, restOfPath(head, OZOW_TRANSACTION)));
  }
  if (head.startsWith(SNAPSCAN_PAYMENT)) {
    const number = Number(restOfPath(head, SNAPSCAN_PAYMENT));
    const reference = snapscanReferences.get(number);
    return reference === undefined ? UNKNOWN : answerWithJson(snapscanPaymentOf({ number, reference }));
  }
  if (head.startsWith(OZOW_TOKEN)) return TOKEN;
  if (head.startsWith(OZOW_PAYMENT)) {
    const { merchantReference } = JSON.parse(body) as { merchantReference: string };
    return answerWithJson(ozowPayment(origin, merchantReference));
  }
  if (head.startsWith(HOOK)) {
    arrivals.push({ at: performance.timeOrigin + performance.now(), headers: headersOf(head), body });
  }
  return TAKEN;
}

function restOfPath(head: string, start: string): string {
  return head.slice(start.length, head.indexOf(" ", start.length));
}

function answerWithJson(json: object): string {
  return answerWith("application/json", JSON.stringify(json));
}

/** `text` in ASCII: its length counts characters. */
function answerWith(contentType: string, text: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Type: ${contentType}\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}

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

parentPort?.on("message", (question: Question) => parentPort?.postMessage(tell(question)));
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  parentPort?.postMessage(origin);
});

function tell(question: Question): Arrival[] | number {
  if (question === "answered") return answered;
  if (question === "arrivals") {
    const told = arrivals;
    arrivals = [];
    return told;
  }
  for (const { number, reference } of question.snapscan) snapscanReferences.set(number, reference);
  return snapscanReferences.size;
}
