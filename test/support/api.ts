import { afterAll } from "vitest";
import { DEMO_BOARDS } from "../../local/demo-boards.ts";
import { ADMIN_EMAIL } from "../../local/environment.ts";
import { type Checkouts, contributeAsGuest, type GuestContribution } from "../../local/guest.ts";
import { type Platform, type PlatformOptions, startPlatform } from "../../local/platform.ts";
import type { SeededPartner } from "../../local/seed.ts";
import type { CallbackResult, Outcome, ProviderName } from "../../local/simulators/outcomes.ts";
import { ChipIn } from "../../sdk/src/index.ts";
import { startEmptyPostgres } from "./database.ts";

/** An answer of the partner API with its parsed body. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies freely; a wrong field fails the assertion
export type Answer = { status: number; headers: Headers; body: any };

export type WireBoard = { id: string; slug: string; public_url: string; status: string; raised_cents: number };

export type Api = {
  platform: Platform;
  /** The origin of the Worker. */
  origin: string;
  console: string;
  partner: SeededPartner;
  otherPartner: SeededPartner;
  db: Platform["database"];
  gateway: Platform["gateway"];
  /** `fetch` at the Worker. Redirects are not followed. */
  request(path: string, init?: RequestInit): Promise<Response>;
  /** One call of the partner API. `apiKey` is the key of `partner` by default; null sends no key. */
  call(method: string, path: string, body?: unknown, apiKey?: string | null): Promise<Answer>;
  /** The partners' client with the key of `partner`. It repeats nothing. */
  client: ChipIn;
  /** Creates a board through the API. `fields` replace fields of the first demo board. */
  createBoard(fields?: Record<string, unknown>, partner?: SeededPartner): Promise<WireBoard>;
  /** Submits the guest form, for PayFast unless the gift names a provider. The payment is not made yet. */
  contribute<Provider extends ProviderName = "payfast">(
    slug: string,
    gift?: GuestContribution<Provider>,
  ): Promise<Checkouts[Provider]>;
  /** For the routes under `/internal`, as the platform's admin. */
  operatorHeaders: Readonly<Record<string, string>>;
  simulate(reference: string, outcome: Outcome, provider?: ProviderName): Promise<CallbackResult[]>;
  runJob(name: string, now?: Date): Promise<unknown>;
  stop(): Promise<void>;
};

/**
 * The whole platform for one test file, in memory or on a database of its own at `TEST_POSTGRES_URL`, with two partners
 * and nothing else. It stops after the last test of the file.
 */
export async function startApi(options: PlatformOptions = {}): Promise<Api> {
  const database = process.env.TEST_POSTGRES_URL && !options.postgresUrl ? await startEmptyPostgres() : null;
  const postgresUrl = options.postgresUrl ?? database?.url ?? undefined;
  const platform = await startPlatform({
    ephemeral: true,
    port: 0,
    seed: "keys",
    crons: false,
    ...options,
    postgresUrl,
  });
  const stop = async () => {
    await platform.stop();
    await database?.stop();
  };
  afterAll(stop);

  const { worker: origin, partner } = platform;
  const request = (path: string, init: RequestInit = {}) => fetch(`${origin}${path}`, { redirect: "manual", ...init });

  async function call(method: string, path: string, body?: unknown, apiKey: string | null = partner.apiKey) {
    const headers = new Headers();
    if (apiKey !== null) headers.set("authorization", `Bearer ${apiKey}`);
    if (body !== undefined) headers.set("content-type", "application/json");
    const response = await request(path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null };
  }

  return {
    platform,
    origin,
    console: platform.console,
    partner,
    otherPartner: platform.otherPartner,
    db: platform.database,
    gateway: platform.gateway,
    request,
    call,
    client: new ChipIn({ apiKey: partner.apiKey, baseUrl: `${origin}/v1`, maxRetries: 0 }),
    stop,
    createBoard: async (fields = {}, owner = partner) => {
      const body = { ...DEMO_BOARDS[0]?.body(origin, new Date()), ...fields };
      const { status, body: answer } = await call("POST", "/v1/dream-boards", body, owner.apiKey);
      if (status !== 201) throw new Error(`the board was not made: ${status} ${JSON.stringify(answer)}`);
      return answer.data as WireBoard;
    },
    contribute: (slug, gift = { amount: "200", name: "Thandi" }) => contributeAsGuest(origin, slug, gift),
    operatorHeaders: {
      Authorization: `Bearer ${platform.secrets.jobSecret}`,
      "ChipIn-Operator": ADMIN_EMAIL,
    },
    simulate: (reference, outcome, provider = "payfast") => platform.simulate({ provider, reference, outcome }),
    runJob: platform.runJob,
  };
}
