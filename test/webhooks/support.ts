import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { NO_ORIGIN, SYSTEM } from "#domain/board/actor";
import { requeueAt } from "#platform/queues";
import { deliverWebhooks } from "#webhooks/deliver";
import type { Fetch } from "#webhooks/public-host";
import { partnerEvents } from "../../src/database/event-tables.ts";
import { webhookAttempts, webhookDeliveries } from "../../src/database/own-tables.ts";
import { apiKeys, webhookEndpoints, webhookEvents } from "../../src/database/schema.ts";
import type { LogEntry } from "../../src/platform/log.ts";
import type { FloodLimit, Services } from "../../src/platform/services.ts";
import { settingsOf } from "../../src/platform/settings.ts";
import { encrypt, keyringOf } from "../../src/privacy/encryption.ts";
import { magicLinksInMemory } from "../accounts/host-accounts.ts";
import { aPartner, type TestDatabase } from "../support/database.ts";
import { PicturesInMemory, publicFiles, sharpEncoder } from "../support/pictures.ts";

export const SECRET = "a secret between partners";

const SETTINGS = {
  ENVIRONMENT: "development",
  PUBLIC_ORIGIN: "https://chipin.example",
  CARD_DATA_ENCRYPTION_KEY: `test:${Buffer.alloc(32, 7).toString("base64")}`,
  API_KEY_PEPPER: "a pepper for the tests only",
  INTERNAL_JOB_SECRET: "a job secret for tests only",
  SESSION_SECRET: "a session secret for tests, 3",
  RECEIPT_SIGNING_KEYS: `r1:${Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString("base64")}`,
};

const noObject = (name: string): never => {
  throw new Error(`no object of this test is called ${name}`);
};
const noLimit: FloodLimit = { limit: async () => ({ success: true }) };

export type Sent = { body: unknown; delaySeconds?: number };

/** Services with a real database. Queues and clock are in memory. */
export function testServices(database: TestDatabase, settings: Record<string, string> = {}) {
  const { databaseUrl: DATABASE_URL, neonHttpEndpoint: NEON_HTTP_ENDPOINT } = database;
  // A deployed environment may not set a gateway, and the database handle has one already.
  const deployed = settings.ENVIRONMENT !== undefined && settings.ENVIRONMENT !== "development";
  const gateway = deployed ? { RESEND_API_KEY: "re_test" } : { NEON_HTTP_ENDPOINT };
  const clock = { now: new Date() };
  const logged: (LogEntry & { alert?: boolean })[] = [];
  const queues = {
    webhooks: [] as Sent[],
    slowWebhooks: [] as Sent[],
    mail: [] as Sent[],
    comparison: [] as Sent[],
    pictures: [] as Sent[],
  };
  const queue = (sent: Sent[]) => ({
    sendBatch: async (messages: Iterable<Sent>) => {
      const batch = [...messages];
      if (batch.length > 100) throw new Error("a queue takes at most 100 messages at once");
      sent.push(...batch);
    },
  });
  const services: Services = {
    settings: settingsOf({ ...SETTINGS, DATABASE_URL, ...gateway, ...settings }),
    database: database.db,
    objects: { board: noObject, rateLimiter: noObject, providerSwitch: noObject, hostAccount: noObject },
    magicLinks: magicLinksInMemory(),
    queues: {
      webhookDeliveries: queue(queues.webhooks),
      slowWebhookDeliveries: queue(queues.slowWebhooks),
      mail: queue(queues.mail),
      boardComparison: queue(queues.comparison),
      pictureCopies: queue(queues.pictures),
    },
    pictures: new PicturesInMemory(),
    images: sharpEncoder,
    files: publicFiles,
    edgeCache: () => null,
    floodLimits: {
      unknownKeys: noLimit,
      unsignedCallbacks: noLimit,
      liveConnections: noLimit,
      keyLookUps: noLimit,
      missedBoards: noLimit,
      wideNetworks: noLimit,
      allAttempts: noLimit,
    },
    actor: SYSTEM,
    origin: NO_ORIGIN,
    waitUntil: () => undefined,
    now: () => clock.now,
    requestId: "req_test",
    log: (entry) => void logged.push(entry),
    alert: (entry) => void logged.push({ ...entry, alert: true }),
  };
  return { services, clock, logged, queues };
}

export type Request = { url: string; method: string; headers: Record<string, string>; body: string; redirect: string };

/** A `fetch` that records requests and calls `answer`. */
export function receiver(answer: (request: Request) => Response | Promise<Response> = () => new Response("thanks")) {
  const received: Request[] = [];
  const fetch: Fetch = async (url, init) => {
    const { method = "GET", headers, body, redirect = "" } = init;
    const request = {
      url,
      method,
      redirect,
      body: String(body),
      headers: Object.fromEntries(new Headers(headers as Record<string, string>)),
    };
    received.push(request);
    return answer(request);
  };
  return { received, deps: { fetch } };
}

type Values = {
  url?: string;
  secret?: string;
  isActive?: boolean;
  eventId?: string;
  nextAttemptAt?: Date;
  requeueAt?: Date;
  leaseUntil?: Date | null;
  attempts?: number;
  payload?: unknown;
  /** A delivery whose endpoint and key this one shares. */
  endpointOf?: { endpointId: string; apiKeyId: string };
  /** A delivery whose partner this one shares. */
  partnerOf?: { partnerId: string };
};

/** A pending delivery of a new event, or of `eventId`, to a new endpoint of a new partner and key unless `values` say otherwise. */
export async function aDelivery({ db }: TestDatabase, services: Services, values: Values = {}) {
  const { endpointId, apiKeyId, partnerId } = values.endpointOf
    ? { partnerId: "", ...values.endpointOf }
    : await anEndpoint(db, services, values);
  const eventId = values.eventId ?? randomUUID();
  const createdAt = new Date("2026-11-30T22:15:00.250Z");
  const type = "pot.funded";
  const payload = values.payload ?? { id: "db_x", raised_cents: 250_000, child_name: "Zoë 🎂" };
  if (!values.eventId) {
    const told = {
      id: eventId,
      dreamBoardId: randomUUID(),
      sequence: 7,
      type,
      apiVersion: "2026-12-01",
      data: payload,
    };
    await db
      .insert(partnerEvents)
      .values({ ...told, partnerId: partnerId || (await partnerOf(db, apiKeyId)), createdAt });
  }
  const id = randomUUID();
  await db.insert(webhookEvents).values({ id, apiKeyId, eventType: type, payload: { event_id: eventId }, createdAt });
  await db.insert(webhookDeliveries).values({
    id,
    partnerEventId: eventId,
    webhookEndpointId: endpointId,
    nextAttemptAt: values.nextAttemptAt ?? services.now(),
    requeueAt: values.requeueAt ?? requeueAt(services.now(), services.now()),
    leaseUntil: values.leaseUntil ?? null,
    attempts: values.attempts ?? 0,
  });
  return { id, eventId, endpointId, apiKeyId, partnerId, createdAt, payload };
}

async function partnerOf(db: TestDatabase["db"], apiKeyId: string): Promise<string> {
  const [key] = await db.select().from(apiKeys).where(eq(apiKeys.id, apiKeyId));
  return key?.partnerId ?? "";
}

async function anEndpoint(db: TestDatabase["db"], services: Services, values: Values) {
  const partnerId = values.partnerOf?.partnerId ?? (await aPartner(db)).id;
  const apiKeyId = randomUUID();
  const key = {
    id: apiKeyId,
    partnerId,
    partnerName: "A partner",
    keyHash: "$2b$10$unused",
    keyPrefix: "cpk_live_abc",
  };
  await db.insert(apiKeys).values(key);
  const endpointId = randomUUID();
  await db.insert(webhookEndpoints).values({
    id: endpointId,
    apiKeyId,
    url: values.url ?? "https://partner.example.com/hooks",
    events: ["pot.funded"],
    secret: await encrypt(keyringOf(services.settings), values.secret ?? SECRET),
    isActive: values.isActive ?? true,
  });
  return { endpointId, apiKeyId, partnerId };
}

/** One delivery in a batch of its own. */
export async function deliverWebhook(services: Services, id: string, deps: Parameters<typeof deliverWebhooks>[2] = {}) {
  const outcome = (await deliverWebhooks(services, [id], deps)).get(id);
  if (!outcome) throw new Error("a delivery has no outcome");
  return outcome;
}

export async function deliveryRow({ db }: TestDatabase, id: string) {
  const [row] = await db.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id));
  return row;
}

export async function attemptRows({ db }: TestDatabase, id: string) {
  return await db
    .select()
    .from(webhookAttempts)
    .where(eq(webhookAttempts.deliveryId, id))
    .orderBy(webhookAttempts.attempt);
}

/** The specified record of a delivery. */
export async function recordRow({ db }: TestDatabase, id: string) {
  const [row] = await db.select().from(webhookEvents).where(eq(webhookEvents.id, id));
  return row;
}

export async function endpointRow({ db }: TestDatabase, id: string) {
  const [row] = await db.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, id));
  return row;
}

/** A barrier: `arrive` resolves once it has been called `size` times. */
export function barrier(size: number) {
  const complete = Promise.withResolvers<void>();
  let arrived = 0;
  return {
    arrive: (): Promise<void> => {
      arrived += 1;
      if (arrived >= size) complete.resolve();
      return complete.promise;
    },
  };
}
