import createClient from "openapi-fetch";
import { API_VERSION, type paths } from "./api.ts";
import { ChipInError } from "./errors.ts";
import { type Fetch, retryingFetch } from "./retries.ts";
import type { AnswerOf, InputOf, ItemOf, ListPath, Method, OperationOf, PathOf } from "./types.ts";

export type ChipInOptions = Readonly<{
  /** `cpk_live_…` or `cpk_test_…`. It must never reach a browser. */
  apiKey: string;
  /** `https://api.chipin.co.za/v1` unless given. */
  baseUrl?: string | undefined;
  /** How often a request is sent again after 429, 5xx or a lost connection; 3 unless given. */
  maxRetries?: number;
  /** How long one attempt may take; 30 seconds unless given. */
  timeoutMs?: number;
  /** Another `fetch`, for a proxy or a test. */
  fetch?: Fetch;
  /** For tests: how the client waits between attempts. */
  sleep?: (ms: number) => Promise<void>;
  /** For tests: the jitter. */
  random?: () => number;
}>;

export type CallOptions = Readonly<{
  /** For a write that must be the same one after your own process died. The client draws one otherwise. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}>;

type Untyped = Readonly<{ path?: object; query?: object; body?: unknown }> & CallOptions;
/** All arguments after the path; none are needed where every field is optional. */
type Arguments<Input> =
  Record<never, never> extends Input ? [input?: Input & CallOptions] : [input: Input & CallOptions];

const PRODUCTION = "https://api.chipin.co.za/v1";

/** The partner API. Each method takes a path of the OpenAPI document and answers the envelope: `data`, `meta`, for lists `pagination`. */
export class ChipIn {
  readonly #client: ReturnType<typeof createClient<paths>>;

  constructor({ apiKey, baseUrl = PRODUCTION, ...options }: ChipInOptions) {
    this.#client = createClient<paths>({
      baseUrl,
      headers: { Authorization: `Bearer ${apiKey}`, "Chipin-Version": API_VERSION },
      fetch: retryingFetch({
        maxRetries: options.maxRetries ?? 3,
        timeoutMs: options.timeoutMs ?? 30_000,
        fetch: options.fetch ?? ((request) => fetch(request)),
        sleep: options.sleep ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
        random: options.random ?? Math.random,
      }),
    });
  }

  get<P extends PathOf<"get">>(path: P, ...input: Arguments<InputOf<OperationOf<P, "get">>>) {
    return this.#call<AnswerOf<OperationOf<P, "get">>>("get", path, input[0]);
  }

  post<P extends PathOf<"post">>(path: P, ...input: Arguments<InputOf<OperationOf<P, "post">>>) {
    return this.#call<AnswerOf<OperationOf<P, "post">>>("post", path, input[0]);
  }

  patch<P extends PathOf<"patch">>(path: P, ...input: Arguments<InputOf<OperationOf<P, "patch">>>) {
    return this.#call<AnswerOf<OperationOf<P, "patch">>>("patch", path, input[0]);
  }

  delete<P extends PathOf<"delete">>(path: P, ...input: Arguments<InputOf<OperationOf<P, "delete">>>) {
    return this.#call<AnswerOf<OperationOf<P, "delete">>>("delete", path, input[0]);
  }

  /** Every item of a list, page after page: `for await (const board of chipin.list("/dream-boards"))`. */
  async *list<P extends ListPath>(
    path: P,
    ...input: Arguments<InputOf<OperationOf<P, "get">>>
  ): AsyncGenerator<ItemOf<P>, void, undefined> {
    type Page = { data: ItemOf<P>[]; pagination: { has_more: boolean; next_cursor: string | null } };
    const options: Untyped = input[0] ?? {};
    let after: string | null | undefined;
    do {
      const query = { ...options.query, ...(after && { after }) };
      const { data, pagination } = await this.#call<Page>("get", path, { ...options, query });
      yield* data;
      after = pagination.has_more ? pagination.next_cursor : null;
    } while (after);
  }

  async #call<Answer>(method: Method, path: string, input: Untyped = {}): Promise<Answer> {
    const { path: names, query, body, idempotencyKey, signal } = input;
    const key = method === "get" ? undefined : (idempotencyKey ?? crypto.randomUUID());
    // The types of a path are those of the methods above; here any path is called.
    const request = this.#client.request as (
      method: Method,
      path: string,
      init: object,
    ) => Promise<{
      data?: unknown;
      error?: unknown;
      response: Response;
    }>;
    const { data, error, response } = await request(method, path, {
      params: { path: names, query },
      ...(body !== undefined && { body }),
      ...(key !== undefined && { headers: { "Idempotency-Key": key } }),
      ...(signal && { signal }),
    });
    if (!response.ok) throw new ChipInError(response, error);
    return data as Answer;
  }
}
