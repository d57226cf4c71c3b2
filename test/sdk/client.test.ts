import { describe, expect, it } from "vitest";
import { API_VERSION, ChipIn, ChipInConnectionError, ChipInError, type ChipInOptions } from "../../sdk/src/index.ts";

type Received = { method: string; path: string; headers: Headers; body: string };
type Answer = Response | Error | (() => Response | Promise<Response>);

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers: { "X-Request-Id": "req_1", ...headers } });
const failed = (status: number, headers: Record<string, string> = {}) => json(status, { error: "x" }, headers);
const BOARD = { data: { id: "db_1" }, meta: { request_id: "req_1", timestamp: "2026-12-01T08:00:00.000Z" } };

/** A client of a server that gives these answers, one a request, and the last again and again. */
function clientOf(answers: readonly Answer[], options: Partial<ChipInOptions> = {}) {
  const received: Received[] = [];
  const waits: number[] = [];
  const chipin = new ChipIn({
    apiKey: "cpk_test_x",
    baseUrl: "https://api.chipin.test/v1",
    random: () => 0,
    sleep: async (ms) => void waits.push(ms),
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      received.push({ method, path: pathname + search, headers, body: await request.text() });
      const answer = answers[Math.min(received.length, answers.length) - 1];
      if (answer instanceof Error) throw answer;
      return answer instanceof Response ? answer.clone() : await (answer as () => Response)();
    },
    ...options,
  });
  return { chipin, received, waits };
}

const close = (chipin: ChipIn) =>
  chipin.post("/dream-boards/{id}/close", { path: { id: "db_1" }, body: { reason: "manual" } });
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe("a request of the client", () => {
  it("a read has the key, the version and the path's parameters, and no idempotency key", async () => {
    const { chipin, received } = clientOf([json(200, BOARD)]);
    const answer = await chipin.get("/dream-boards/{id}", { path: { id: "a/b?c" } });

    expect(answer.data.id).toBe("db_1");
    const [{ method, path, headers } = expect.fail()] = received;
    expect([method, path]).toEqual(["GET", "/v1/dream-boards/a%2Fb%3Fc"]);
    expect([headers.get("Authorization"), headers.get("Chipin-Version"), headers.get("Idempotency-Key")]).toEqual([
      "Bearer cpk_test_x",
      API_VERSION,
      null,
    ]);
  });

  it("a write that is answered 503 twice is sent three times, with one body and one idempotency key", async () => {
    const { chipin, received } = clientOf([failed(503), failed(503), json(200, BOARD)]);
    await close(chipin);

    const sent = received.map(({ body, headers }) => `${headers.get("Idempotency-Key")} ${body}`);
    expect(sent).toHaveLength(3);
    expect(new Set(sent).size).toBe(1);
    expect(sent[0]).toMatch(/^[0-9a-f-]{36} {"reason":"manual"}$/);
  });

  it("two writes have different idempotency keys, and a key of the caller's is used as it is", async () => {
    const { chipin, received } = clientOf([json(200, BOARD)]);
    await close(chipin);
    await close(chipin);
    await chipin.post("/dream-boards/{id}/close", {
      path: { id: "db_1" },
      body: { reason: "manual" },
      idempotencyKey: "mine",
    });

    const keys = received.map(({ headers }) => headers.get("Idempotency-Key"));
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe("mine");
  });

  it("a field that the contract does not have, or a path that it does not have, does not compile", () => {
    const { chipin } = clientOf([json(200, BOARD)]);
    const never = () => [
      // @ts-expect-error: no such path
      chipin.get("/nothing"),
      // @ts-expect-error: the path has a parameter
      chipin.get("/dream-boards/{id}"),
      // @ts-expect-error: no such status
      chipin.patch("/dream-boards/{id}", { path: { id: "db_1" }, body: { status: "closed" } }),
      // @ts-expect-error: a board is no list
      chipin.list("/dream-boards/{id}", { path: { id: "db_1" } }),
    ];
    expect(never).toBeTypeOf("function");
  });
});

describe("repetitions", () => {
  it("what may succeed later is sent again, and nothing else is", async () => {
    const rows: [status: number, headers: Record<string, string>, requests: number][] = [
      [200, {}, 1],
      [400, {}, 1],
      [401, {}, 1],
      [404, {}, 1],
      [409, {}, 1],
      [409, { "Retry-After": "1" }, 4],
      [429, {}, 4],
      [429, { "Retry-After": "60" }, 4],
      [429, { "Retry-After": "61" }, 1],
      [500, {}, 4],
      [502, {}, 4],
      [503, { "Retry-After": "5" }, 4],
    ];
    const found = await Promise.all(
      rows.map(async ([status, headers]) => {
        const { chipin, received } = clientOf([status === 200 ? json(200, BOARD) : failed(status, headers)]);
        await failureOf(close(chipin));
        return [status, headers, received.length];
      }),
    );
    expect(found).toEqual(rows);
  });

  it("the wait doubles up to 8 s, half of it drawn at random, and is never shorter than Retry-After", async () => {
    const waitsOf = async (headers: Record<string, string>, random: number) => {
      const { chipin, waits } = clientOf([failed(503, headers)], { maxRetries: 6, random: () => random });
      await failureOf(close(chipin));
      return waits;
    };
    expect(await waitsOf({}, 0)).toEqual([250, 500, 1_000, 2_000, 4_000, 4_000]);
    expect(await waitsOf({}, 1)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000]);
    expect(await waitsOf({ "Retry-After": "3" }, 0)).toEqual([3_000, 3_000, 3_000, 3_000, 4_000, 4_000]);
  });

  it("Retry-After may be a date", async () => {
    const at = new Date(Date.now() + 3_600_000).toUTCString();
    const { chipin, received } = clientOf([failed(429, { "Retry-After": at })]);
    const error = (await failureOf(close(chipin))) as ChipInError;

    expect(received).toHaveLength(1);
    expect(error.retryAfterSeconds).toBeGreaterThan(3_590);
    expect(error.retryAfterSeconds).toBeLessThanOrEqual(3_600);
  });

  it("a lost connection is tried again, and after the last attempt the error has its cause", async () => {
    const lost = new TypeError("fetch failed");
    const once = clientOf([lost, json(200, BOARD)]);
    await close(once.chipin);
    expect(once.received).toHaveLength(2);

    const always = clientOf([lost], { maxRetries: 1 });
    const error = (await failureOf(close(always.chipin))) as ChipInConnectionError;
    expect(error).toBeInstanceOf(ChipInConnectionError);
    expect([error.message, error.cause, always.received.length]).toEqual([
      "No answer from ChipIn: the connection failed",
      lost,
      2,
    ]);
  });

  it("an attempt that takes too long is given up and made again", async () => {
    let asked = 0;
    const { chipin } = clientOf([], {
      timeoutMs: 5,
      fetch: (request) =>
        ++asked === 1
          ? new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason)))
          : Promise.resolve(json(200, BOARD)),
    });
    expect((await close(chipin)).data.id).toBe("db_1");
    expect(asked).toBe(2);
  });

  it("what the caller aborts is not tried again", async () => {
    const stop = new AbortController();
    const { chipin, received } = clientOf([
      () => {
        stop.abort(new Error("enough"));
        throw new TypeError("aborted");
      },
    ]);
    await failureOf(chipin.get("/dream-boards/{id}", { path: { id: "db_1" }, signal: stop.signal }));
    expect(received).toHaveLength(1);
  });
});

describe("errors of the client", () => {
  it("a refusal has its code, the fields, the request's id and the time to wait", async () => {
    const details = [{ field: "goal_cents", reason: "must be at least 2000" }];
    const body = {
      error: { code: "validation_error", message: "Some fields are invalid.", details },
      meta: { request_id: "req_9" },
    };
    const { chipin } = clientOf([json(400, body)]);
    const error = await failureOf(close(chipin));

    expect(error).toBeInstanceOf(ChipInError);
    expect(error).toMatchObject({
      name: "ChipInError",
      message: "Some fields are invalid.",
      status: 400,
      code: "validation_error",
      details,
      requestId: "req_9",
      retryAfterSeconds: null,
    });
  });

  it("an answer that is none of ChipIn's is an error of unknown code", async () => {
    const { chipin } = clientOf([
      new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "X-Request-Id": "req_7" } }),
    ]);
    expect(await failureOf(close(chipin))).toMatchObject({
      status: 502,
      code: "unknown",
      details: [],
      requestId: "req_7",
    });
  });
});

describe("lists of the client", () => {
  const page = (ids: readonly string[], next: string | null) =>
    json(200, {
      data: ids.map((id) => ({ id })),
      pagination: { has_more: next !== null, next_cursor: next },
      meta: BOARD.meta,
    });

  it("every item comes once, page after page, with the same filter", async () => {
    const { chipin, received } = clientOf([page(["con_1", "con_2"], "c1"), page([], "c2"), page(["con_3"], null)]);
    const ids: string[] = [];
    const query = { status: "completed", limit: 2 } as const;
    for await (const { id } of chipin.list("/dream-boards/{id}/contributions", { path: { id: "db_1" }, query }))
      ids.push(id);

    expect(ids).toEqual(["con_1", "con_2", "con_3"]);
    const path = "/v1/dream-boards/db_1/contributions?status=completed&limit=2";
    expect(received.map((one) => one.path)).toEqual([path, `${path}&after=c1`, `${path}&after=c2`]);
  });

  it("no page is read before its items are wanted", async () => {
    const { chipin, received } = clientOf([page(["po_1", "po_2"], "c1")]);
    for await (const _ of chipin.list("/payouts/pending")) break;

    expect(received).toHaveLength(1);
  });
});
