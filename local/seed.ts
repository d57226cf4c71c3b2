import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { eq, inArray, or } from "drizzle-orm";
import { z } from "zod";
import type { KeyEnvironment } from "#accounts/api-key-token";
import { createApiKey } from "#accounts/api-keys";
import { keyHolderOf } from "#accounts/sandboxes";
import { SCOPES } from "#accounts/scopes";
import type { Database } from "#database/client";
import { endpointStates } from "#database/endpoint-tables";
import { partnerLimits } from "#database/own-tables";
import { partners, webhookEndpoints } from "#database/schema";
import { parsePublicId } from "#domain/ids";
import { WEBHOOK_EVENT_TYPES } from "#domain/webhook-events";
import { DEMO_BOARDS, type DemoBoard } from "./demo-boards.ts";
import { contributeAsGuest, offeredProviders } from "./guest.ts";
import { PlatformProblem, startAnew } from "./ports.ts";
import type { Simulators } from "./simulators/simulators.ts";

/** What the first partner may do, so that a trial, a load or a test can open hundreds of boards for one parent. */
export const RAISED_LIMITS = { rateLimit: 1_000_000, boardsPerHost: 10_000 };

export type SeededPartner = { id: string; apiKey: string };
export type SeededBoard = { id: string; slug: string };

const Partner = z.object({ id: z.string(), apiKey: z.string() });

/** What has been made so far, so that a restart makes only the rest and prints the same key. */
const Progress = z.object({
  partner: Partner.optional(),
  otherPartner: Partner.optional(),
  sandbox: Partner.optional(),
  endpoint: z.object({ id: z.string(), url: z.string() }).optional(),
  boards: z.record(z.string(), z.object({ id: z.string(), slug: z.string(), contributions: z.number() })),
});
type Progress = z.output<typeof Progress>;

/** `sandbox`: the sandbox of `partner`, with a test key. */
export type Seeded = {
  partner: SeededPartner;
  otherPartner: SeededPartner;
  sandbox: SeededPartner;
  boards: SeededBoard[];
};

type SeedOptions = {
  /** `keys` makes the partners only; `demo` makes the rest as well. */
  extent: "keys" | "demo";
  path: string | null;
  /** As `readProgress` read it from `path`. */
  progress: Progress;
  database: Database;
  worker: string;
  receiver: string;
  simulators: Simulators;
  report: (step: string) => void;
};

/** Creates the demo data of an empty platform through the public API and pages. */
export async function seed(options: SeedOptions): Promise<Seeded> {
  const { database, path } = options;
  const progress = await progressIn(database, options.progress);
  const save = () => path && writeFileSync(path, `${JSON.stringify(progress, null, 2)}\n`, { mode: 0o600 });

  const partner = progress.partner ?? (await makePartner(database, "Demo Toys", RAISED_LIMITS));
  const otherPartner = progress.otherPartner ?? (await makePartner(database, "Other Toys"));
  const sandbox = progress.sandbox ?? (await addKey(database, partner.id, "test", RAISED_LIMITS));
  Object.assign(progress, { partner, otherPartner, sandbox });
  save();
  if (options.extent === "keys") return { partner, otherPartner, sandbox, boards: [] };

  if (progress.endpoint?.url !== options.receiver) {
    await retire(database, options.receiver, progress.endpoint?.id);
    progress.endpoint = await registerReceiver(options, partner);
    save();
  }
  for (const demo of DEMO_BOARDS) {
    const board = progress.boards[demo.key] ?? (await makeBoard(options, partner, demo));
    progress.boards[demo.key] = board;
    save();
    for (const gift of demo.contributions.slice(board.contributions)) {
      options.report(`${gift.name} chips in for ${demo.childName}`);
      await payAsGuest(options, board.slug, gift);
      board.contributions += 1;
      save();
    }
  }
  const boards = Object.values(progress.boards).map(({ id, slug }) => ({ id, slug }));
  return { partner, otherPartner, sandbox, boards };
}

/**
 * What `seed` noted in `path` at earlier starts.
 * @throws PlatformProblem when it cannot be read.
 */
export function readProgress(path: string | null): Progress {
  if (!path || !existsSync(path)) return { boards: {} };
  try {
    return Progress.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    throw new PlatformProblem(`${path} cannot be read; ${startAnew(dirname(path))}`);
  }
}

/** No progress when the database lacks the partner of the file: it was emptied or exchanged since. */
async function progressIn(database: Database, progress: Progress): Promise<Progress> {
  if (!progress.partner) return { boards: {} };
  const { id } = progress.partner;
  const [known] = await database.select({ id: partners.id }).from(partners).where(eq(partners.id, id));
  return known ? progress : { boards: {} };
}

type Limits = { rateLimit: number; boardsPerHost: number };

/** Without `limits` the usual ones hold. */
async function makePartner(database: Database, name: string, limits?: Limits): Promise<SeededPartner> {
  const [partner] = await database
    .insert(partners)
    .values({ name })
    .onConflictDoUpdate({ target: partners.name, set: { name } })
    .returning({ id: partners.id });
  if (!partner) throw new Error(`the partner ${name} was not made`);
  return await addKey(database, partner.id, "live", limits);
}

/** A test key is of the partner's sandbox. */
async function addKey(
  database: Database,
  partnerId: string,
  environment: KeyEnvironment,
  limits?: Limits,
): Promise<SeededPartner> {
  const { id, name: partnerName } = await keyHolderOf(database, partnerId, environment);
  const key = { environment, partnerId: id, partnerName, scopes: SCOPES };
  const { token } = await createApiKey(database, { ...key, ...(limits && { rateLimit: limits.rateLimit }) });
  if (limits) await raiseBoardsPerHost(database, id, limits.boardsPerHost);
  return { id, apiKey: token };
}

export async function raiseBoardsPerHost(database: Database, partnerId: string, boardsPerHost: number): Promise<void> {
  const limit = { boardsPerHost, updatedAt: new Date() };
  await database
    .insert(partnerLimits)
    .values({ partnerId, ...limit })
    .onConflictDoUpdate({ target: partnerLimits.partnerId, set: limit });
}

async function registerReceiver({ worker, receiver }: SeedOptions, partner: SeededPartner) {
  const secret = `whsec_${randomBytes(24).toString("base64")}`;
  const endpoint = await post<{ id: string }>(worker, "/v1/webhooks", partner, {
    url: receiver,
    events: WEBHOOK_EVENT_TYPES,
    secret,
  });
  return { id: endpoint.id, url: receiver };
}

/** Deactivates the endpoint of an earlier start, whose console had another port, and one that a killed start did not note. */
async function retire(database: Database, receiver: string, endpointId: string | undefined): Promise<void> {
  const id = endpointId ? parsePublicId("webhookEndpoint", endpointId) : null;
  const retired = await database
    .update(webhookEndpoints)
    .set({ isActive: false })
    .where(or(eq(webhookEndpoints.url, receiver), ...(id ? [eq(webhookEndpoints.id, id)] : [])))
    .returning({ id: webhookEndpoints.id });
  const ids = retired.map((endpoint) => endpoint.id);
  const deleted = { state: "deleted", reason: "requested", since: new Date() } as const;
  await database.update(endpointStates).set(deleted).where(inArray(endpointStates.webhookEndpointId, ids));
}

async function makeBoard({ worker, report }: SeedOptions, partner: SeededPartner, demo: DemoBoard) {
  report(`a board for ${demo.childName}`);
  const { id, slug } = await post<SeededBoard>(worker, "/v1/dream-boards", partner, demo.body(worker, new Date()));
  return { id, slug, contributions: 0 };
}

/** Pays with the provider of the gift, or with PayFast when that one is not available. */
async function payAsGuest(
  { worker, simulators }: SeedOptions,
  slug: string,
  gift: DemoBoard["contributions"][number],
): Promise<void> {
  const offered = await offeredProviders(worker, slug);
  const provider = gift.provider && offered.includes(gift.provider) ? gift.provider : "payfast";
  const checkout = await contributeAsGuest(worker, slug, { ...gift, provider });
  const opened = "fields" in checkout ? simulators.payfast.open(checkout.fields.toString()) : null;
  if (opened && "problem" in opened) throw new Error(`PayFast refused the form of ${slug}: ${opened.problem}`);
  await simulators[provider].simulate(checkout.reference, "pay");
}

async function post<Data>(origin: string, path: string, partner: SeededPartner, body: unknown): Promise<Data> {
  const response = await fetch(`${origin}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${partner.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = (await response.json().catch(() => null)) as { data?: Data; error?: { message: string } } | null;
  if (response.ok && answer?.data) return answer.data;
  throw new Error(`POST ${path} answered ${response.status}: ${JSON.stringify(answer?.error ?? answer)}`);
}
