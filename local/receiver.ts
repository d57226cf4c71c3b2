import { Hono } from "hono";
import { parseKeyring } from "#privacy/encryption";
import { openText } from "#privacy/sealed";
import { JsonLines } from "./json-lines.ts";
import type { LocalPostgres } from "./postgres/local-postgres.ts";
import { type DeliveryVerdict, verifyDelivery } from "./webhook-signature.ts";

export type Delivery = {
  url: string;
  headers: Record<string, string>;
  /** raw, as it was signed */
  body: string;
  at: string;
  answered: number;
} & DeliveryVerdict;

/** `slow` answers later than the ten seconds that ChipIn waits. */
export const RECEIVER_MODES = ["accept", "fail", "gone", "slow"] as const;
export type ReceiverMode = (typeof RECEIVER_MODES)[number];

const ANSWERS: Record<ReceiverMode, 200 | 410 | 500> = { accept: 200, fail: 500, gone: 410, slow: 200 };
const SLOW_MS = 12_000;

/** A partner's server: it accepts deliveries, verifies their signatures and keeps them. */
export class WebhookReceiver {
  mode: ReceiverMode = "accept";
  readonly #deliveries: JsonLines<Delivery>;
  readonly #secretsFor: (url: string) => Promise<readonly string[]>;

  constructor(path: string | null, secretsFor: (url: string) => Promise<readonly string[]>) {
    this.#deliveries = new JsonLines<Delivery>(path);
    this.#secretsFor = secretsFor;
  }

  newest(): Delivery[] {
    return this.#deliveries.newest();
  }

  async take(url: string, headers: Record<string, string>, body: string): Promise<200 | 410 | 500> {
    const answered = ANSWERS[this.mode];
    const slow = this.mode === "slow";
    const verdict = verifyDelivery(body, headers, await this.#secretsFor(url));
    this.#deliveries.append({ url, headers, body, at: new Date().toISOString(), answered, ...verdict });
    if (slow) await new Promise((resolve) => setTimeout(resolve, SLOW_MS).unref());
    return answered;
  }
}

/**
 * The secrets of the endpoints registered for an address, those that were replaced and still sign too, read from ChipIn's database. Every endpoint that points at the
 * receiver is thus verified with its own secret.
 */
export function endpointSecrets(postgres: LocalPostgres, settings: Readonly<Record<string, string>>) {
  const keyring = parseKeyring(settings.CARD_DATA_ENCRYPTION_KEY ?? "");
  const text = `SELECT secret FROM webhook_endpoints WHERE url = $1
    UNION ALL SELECT r.secret FROM retired_webhook_secrets r JOIN webhook_endpoints w ON w.id = r.webhook_endpoint_id
      WHERE w.url = $1 AND r.valid_until > now()`;
  const known = new Map<string, string[]>();
  return async (url: string): Promise<string[]> => {
    try {
      const { rows } = await postgres.query({ text, params: [url] });
      known.set(url, await Promise.all(rows.map(([secret]) => openText(keyring, secret ?? ""))));
    } catch {
      // Postgres cannot be reached. The secrets read last are still valid.
    }
    return known.get(url) ?? [];
  };
}

export function receiverRoutes(receiver: WebhookReceiver): Hono {
  const routes = new Hono();
  const take = async (url: string, request: Request) => {
    const status = await receiver.take(url, Object.fromEntries(request.headers), await request.text());
    return new Response(status === 200 ? "thanks" : "set to refuse", { status });
  };
  routes.post("/receiver", (c) => take(c.req.url, c.req.raw));
  routes.post("/receiver/*", (c) => take(c.req.url, c.req.raw));
  return routes;
}
