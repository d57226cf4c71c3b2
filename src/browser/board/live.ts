import type { LiveView } from "../shared/live-view.ts";
import { page } from "./page.ts";

const PING_MS = 40_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

type Message = { view: LiveView };

let socket: WebSocket | undefined;
let failures = 0;
let retry: ReturnType<typeof setTimeout> | undefined;

/** Gives every new view of the board to `show`: by a WebSocket, and by polling while there is none. */
export function keepLive(show: (view: LiveView) => void): void {
  const connectAgain = () => connect(show);
  document.addEventListener("visibilitychange", () => document.hidden || connectAgain());
  addEventListener("pageshow", (event) => event.persisted && connectAgain());
  connectAgain();
}

function connect(show: (view: LiveView) => void): void {
  const path = page().dataset.live;
  clearTimeout(retry);
  if (!path || (socket && socket.readyState < WebSocket.CLOSING)) return;
  const opened = new WebSocket(location.origin.replace(/^http/, "ws") + path);
  socket = opened;
  let isAnswered = true;
  const ping = setInterval(() => {
    // Phones drop sockets without a close event: a ping without an answer means that this one is dead.
    if (!isAnswered) return opened.close();
    isAnswered = false;
    if (opened.readyState === WebSocket.OPEN) opened.send("ping");
  }, PING_MS);
  opened.onmessage = ({ data }: MessageEvent<string>) => {
    isAnswered = true;
    failures = 0;
    if (data === "pong") return;
    const { view }: Message = JSON.parse(data);
    show(view);
  };
  opened.onclose = () => {
    clearInterval(ping);
    const wait = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++) * (0.5 + Math.random());
    retry = setTimeout(() => (document.hidden ? connect(show) : poll(show)), wait);
  };
}

async function poll(show: (view: LiveView) => void): Promise<void> {
  const path = page().dataset.live;
  if (!path) return;
  try {
    const response = await fetch(`${path}.json`);
    if (response.ok) show(await response.json());
    // The board is gone, and what this page shows of it.
    else if (response.status === 404) return location.reload();
  } catch {
    // The next attempt comes with the next retry.
  }
  connect(show);
}
