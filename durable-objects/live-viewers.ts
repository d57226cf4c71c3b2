import type { PublicView } from "../src/domain/board/public-view.ts";
import { NETWORK_HEADER } from "../src/platform/objects.ts";

/** More viewers of a board poll. Each socket costs every change a part of the thread that also takes the payments. */
export const MAX_SOCKETS = 2_000;
/** Of one board and one network, which may be a household or a whole carrier. */
export const MAX_SOCKETS_OF_NETWORK = 20;

/** A burst of payments reaches open pages as one picture, this often at most. */
const MIN_INTERVAL_MS = 200;
/** Sending takes 0.03 ms a socket, so a crowd gets a tenth of the thread. */
const INTERVAL_PER_SOCKET_MS = 0.25;
/**
 * A slice of the crowd is told, and then the object rests: for its guests' requests, and for the runtime, which hands a message
 * over after `send` has returned. A pass so takes about half of the interval, and no request waits for all of it.
 */
const SLICE = 50;
const REST_MS = (SLICE * INTERVAL_PER_SOCKET_MS) / 2;

/** Phones vanish without a word. A page pings every 40 s, so a page that was silent for this long has gone. */
const SILENT_AFTER_MS = 130_000;

type Attachment = Readonly<{ since: number }>;

/** The phones that have this board open: hibernating sockets, told the public view and nothing else. */
export class LiveViewers {
  readonly #context: DurableObjectState;
  readonly #view: () => PublicView | null;
  /** What each page was told last. After hibernation a page is told what it may know already. */
  readonly #told = new WeakMap<WebSocket, string>();
  /** The next pass over the sockets waits, or is under way. */
  #isBusy = false;
  /** Something changed since the pass began. */
  #isBehind = false;
  #shownAt = 0;
  #intervalMs = MIN_INTERVAL_MS;

  constructor(context: DurableObjectState, view: () => PublicView | null) {
    this.#context = context;
    this.#view = view;
    // Answered by the runtime without waking the object.
    context.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /**
   * Accepts a page's socket and shows it the board as it is now, so nothing between page load and socket is missed. 404
   * without a board, 429 when the page's network has its share of sockets, 503 when the board has all it takes.
   */
  welcome(request: Request, now: number): Response {
    const message = this.#message();
    if (message === null) return new Response(null, { status: 404 });
    const network = request.headers.get(NETWORK_HEADER);
    if (network !== null && !this.#hasRoom(network, MAX_SOCKETS_OF_NETWORK, now)) {
      return new Response(null, { status: 429 });
    }
    if (!this.#hasRoom(undefined, MAX_SOCKETS, now)) return new Response(null, { status: 503 });
    const { 0: client, 1: server } = new WebSocketPair();
    // Tags outlive hibernation, so the networks' shares do.
    this.#context.acceptWebSocket(server, network === null ? [] : [network]);
    server.serializeAttachment({ since: now } satisfies Attachment);
    this.#tell(server, message);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Something a guest may see has changed. A board that may not be shown any more closes their sockets. */
  changed(now: number): void {
    this.#isBehind = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    const rest = this.#shownAt + this.#intervalMs - now;
    if (rest > 0) setTimeout(() => this.#show(), rest);
    else this.#show();
  }

  /** One pass over the sockets. No timer is left when nothing more has changed, so the object may hibernate. */
  async #show(): Promise<void> {
    const startedAt = Date.now();
    try {
      const sockets = this.#context.getWebSockets();
      this.#isBehind = false;
      this.#intervalMs = Math.max(MIN_INTERVAL_MS, sockets.length * INTERVAL_PER_SOCKET_MS);
      for (let from = 0; from < sockets.length; from += SLICE) {
        if (from > 0) await new Promise((resolve) => setTimeout(resolve, REST_MS));
        // Each slice is told the newest view. Those before it have their turn in the next pass.
        const message = this.#message();
        for (const socket of sockets.slice(from, from + SLICE)) this.#tell(socket, message);
      }
    } finally {
      this.#shownAt = startedAt;
      this.#isBusy = false;
    }
    if (this.#isBehind) this.changed(Date.now());
  }

  #tell(socket: WebSocket, message: string | null): void {
    // An unpaid contribution changes nothing a guest may see.
    if (message !== null && this.#told.get(socket) === message) return;
    try {
      if (message === null) socket.close(1001, "there is no such board any more");
      else {
        socket.send(message);
        this.#told.set(socket, message);
      }
    } catch {
      // Gone between two events; the runtime cleans up.
    }
  }

  /** Whether there is a place among `limit` sockets of `network`, or of all, once those that went silent are closed. */
  #hasRoom(network: string | undefined, limit: number, now: number): boolean {
    const sockets = this.#context.getWebSockets(network);
    if (sockets.length < limit) return true;
    const silent = sockets.filter((socket) => now - this.#heardAt(socket) > SILENT_AFTER_MS);
    for (const socket of silent) socket.close(1001, "this connection was silent for too long");
    return sockets.length - silent.length < limit;
  }

  #heardAt(socket: WebSocket): number {
    const attachment = socket.deserializeAttachment() as Attachment | null; // set by `welcome`, not by older releases
    return this.#context.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? attachment?.since ?? 0;
  }

  #message(): string | null {
    const view = this.#view();
    return view && JSON.stringify({ type: "board", view });
  }
}
