import { DurableObject } from "cloudflare:workers";
import type { PaymentProviderName } from "#domain/board/lifecycle";

type BareEnv = {
  COUNTER: DurableObjectNamespace<Counter>;
  PAYFAST_URL: string;
  OZOW_URL: string;
  SNAPSCAN_URL: string;
};

/** The least a Durable Object can do: one counter, with one SQLite commit a request; one answer, kept in memory. */
export class Counter extends DurableObject<BareEnv> {
  readonly #sql = this.ctx.storage.sql;
  #tally = 0;
  #answer = this.ctx.storage.kv.get<object>("answer");

  constructor(context: DurableObjectState, env: BareEnv) {
    super(context, env);
    this.#sql.exec("CREATE TABLE IF NOT EXISTS counter (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL)");
    this.#sql.exec("INSERT OR IGNORE INTO counter (one, n) VALUES (1, 0)");
  }

  add(): number {
    return this.#sql.exec<{ n: number }>("UPDATE counter SET n = n + 1 RETURNING n").one().n;
  }

  count(): number {
    return this.#sql.exec<{ n: number }>("SELECT n FROM counter").one().n;
  }

  /** Counts in memory. */
  tally(): number {
    this.#tally += 1;
    return this.#tally;
  }

  keep(answer: object): void {
    this.ctx.storage.kv.put("answer", answer);
    this.#answer = answer;
  }

  answer(): object | undefined {
    return this.#answer;
  }
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const LOOK_UP = { headers: { authorization: "Bearer none", accept: "application/json" } };

/** The request each provider wants to be asked back with, or must be. */
const ASK: Record<PaymentProviderName, (env: BareEnv, body: ArrayBuffer) => Promise<Response>> = {
  payfast: ({ PAYFAST_URL }, body) => fetch(PAYFAST_URL, { method: "POST", headers: FORM, body }),
  ozow: ({ OZOW_URL }) => fetch(OZOW_URL, LOOK_UP),
  snapscan: ({ SNAPSCAN_URL }) => fetch(SNAPSCAN_URL, LOOK_UP),
};

let turn = 0;

/** What every answer of the API carries beside its body. The values are as long as ours. */
const HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "strict-origin-when-cross-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
  "x-ratelimit-limit": "1000000",
  "x-ratelimit-remaining": "999999",
  "x-ratelimit-reset": "1800000000",
};

/** With the headers, an id and a line of log of its own. */
function answerInFull(answer: object | undefined): Response {
  const requestId = crypto.randomUUID();
  const response = Response.json(answer, { headers: HEADERS });
  response.headers.set("x-request-id", requestId);
  const line = { event: "request", request_id: requestId, method: "GET", route: "/v1/dream-boards/:id" };
  console.log(JSON.stringify({ ...line, board: "8k3m9q2rtw", status: 200, outcome: "ok", duration_ms: 0 }));
  return response;
}

/**
 * `/commit/{objects}`, and `/{provider}/{objects}` that asks the provider first, spread over that many objects;
 * `/count/{objects}` adds up. `PUT /answer` keeps a JSON object in an object of its own, `GET /answer`
 * counts in another and asks it for that; `GET /answer/full` answers as an API does.
 */
export default {
  async fetch(request, env) {
    const [, verb = "", objects = "1"] = new URL(request.url).pathname.split("/");
    const spread = Number(objects);
    if (verb === "answer") {
      const keeper = env.COUNTER.getByName("answer");
      if (request.method !== "PUT") {
        const [, answer] = await Promise.all([env.COUNTER.getByName("quota").tally(), keeper.answer()]);
        return objects === "full" ? answerInFull(answer) : Response.json(answer);
      }
      await keeper.keep(await request.json<object>());
      return new Response(null);
    }
    const named = (index: number) => env.COUNTER.getByName(`${objects}-${index}`);
    if (verb === "count") {
      const counts = await Promise.all(Array.from({ length: spread }, (_, index) => named(index).count()));
      return Response.json(counts.reduce((sum, count) => sum + count, 0));
    }
    const body = await request.arrayBuffer();
    if (verb === "payfast" || verb === "ozow" || verb === "snapscan") {
      const answer = await ASK[verb](env, body);
      await answer.text();
      if (!answer.ok) return new Response(null, { status: 500 });
    }
    turn = (turn + 1) % spread;
    await named(turn).add();
    return new Response(null);
  },
} satisfies ExportedHandler<BareEnv>;
