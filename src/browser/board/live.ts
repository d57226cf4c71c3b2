import { dropped, nextStep, polled, refused, STEADY } from "../shared/live-pace.ts";
import type { LiveView } from "../shared/live-view.ts";
import { page } from "./page.ts";

const PING_MS = 40_000;

type Message = { view: LiveView };

let show: (view: LiveView) => void;
let socket: WebSocket | undefined;
let pace = STEADY;
let next: ReturnType<typeof setTimeout> | undefined;

/** Gives every new view of the board to `showView`, while the page is visible: by a WebSocket, by polling when it is refused. */
export function keepLive(showView: (view: LiveView) => void): void {
  show = showView;
  const resumeOrPause = () => (document.hidden ? pause() : connect());
  document.addEventListener("visibilitychange", resumeOrPause);
  addEventListener("pageshow", ({ persisted }) => persisted && resumeOrPause());
  resumeOrPause();
}

/** A page in the background leaves its place to others. The first message of the next socket brings what it missed. */
function pause(): void {
  clearTimeout(next);
  socket?.close();
  socket = undefined;
}

function connect(): void {
  clearTimeout(next);
  const path = page().dataset.live;
  if (!path || isConnected()) return;
  const opened = new WebSocket(location.origin.replace(/^http/, "ws") + path);
  socket = opened;
  let isServed = false;
  let isAnswered = true;
  const ping = setInterval(() => {
    // Phones drop sockets without a close event: a ping without an answer means that this one is dead.
    if (!isAnswered) return opened.close();
    isAnswered = false;
    if (opened.readyState === WebSocket.OPEN) opened.send("ping");
  }, PING_MS);
  opened.onmessage = ({ data }: MessageEvent<string>) => {
    isServed = true;
    isAnswered = true;
    if (data === "pong") {
      pace = STEADY;
      return;
    }
    const { view }: Message = JSON.parse(data);
    show(view);
  };
  opened.onclose = () => {
    clearInterval(ping);
    if (socket !== opened) return;
    pace = isServed ? dropped(pace) : refused(pace);
    goOn();
  };
}

function isConnected(): boolean {
  return socket !== undefined && socket.readyState < WebSocket.CLOSING;
}

function goOn(): void {
  clearTimeout(next);
  if (document.hidden || isConnected()) return;
  const { by, afterMs } = nextStep(pace, Math.random());
  next = setTimeout(by === "poll" ? poll : connect, afterMs);
}

async function poll(): Promise<void> {
  const path = page().dataset.live;
  if (!path) return;
  try {
    const response = await fetch(`${path}.json`, { cache: "no-store" });
    if (response.ok) show(await response.json());
    // The board is gone, and what this page shows of it.
    else if (response.status === 404) return location.reload();
  } catch {
    // The next step comes all the same.
  }
  pace = polled(pace);
  goOn();
}
