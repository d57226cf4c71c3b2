import type { PublicView } from "../src/domain/board/public-view.ts";

/** A burst of payments reaches open pages as one picture, this often at most. */
const SHOW_INTERVAL_MS = 200;

/** The phones that have this board open: hibernating sockets, told the public view and nothing else. */
export class LiveViewers {
  readonly #context: DurableObjectState;
  readonly #view: () => PublicView | null;
  #lastShownAt = 0;
  #lastShown: string | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(context: DurableObjectState, view: () => PublicView | null) {
    this.#context = context;
    this.#view = view;
    // Answered by the runtime without waking the object.
    context.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** Accepts a page's socket and shows it the board as it is now, so nothing between page load and socket is missed. */
  welcome(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.#context.acceptWebSocket(server);
    const message = this.#message();
    if (message) server.send(message);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Something a guest may see has changed. A board that may not be shown any more closes their sockets. */
  changed(now: number): void {
    if (this.#timer !== null) return;
    const rest = this.#lastShownAt + SHOW_INTERVAL_MS - now;
    if (rest > 0) this.#timer = setTimeout(() => this.#show(now + rest), rest);
    else this.#show(now);
  }

  #show(now: number): void {
    this.#timer = null;
    this.#lastShownAt = now;
    const sockets = this.#context.getWebSockets();
    const message = sockets.length > 0 ? this.#message() : null;
    if (message === null) for (const socket of sockets) socket.close(1001, "there is no such board any more");
    // An unpaid contribution changes nothing a guest may see.
    if (!message || message === this.#lastShown) return;
    this.#lastShown = message;
    for (const socket of sockets) {
      try {
        socket.send(message);
      } catch {
        // Gone between two events; its close handler cleans up.
      }
    }
  }

  #message(): string | null {
    const view = this.#view();
    return view && JSON.stringify({ type: "board", view });
  }
}
