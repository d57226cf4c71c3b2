import { eq } from "drizzle-orm";
import { boardManagers, emailChanges } from "#database/host-tables";
import { boardReports, webhookDeliveries } from "#database/own-tables";
import { boardFlags, refunds } from "#database/payment-tables";
import { giftCards } from "#database/payout-tables";
import { webhookEndpoints } from "#database/schema";
import { type Actor, ADMIN, SYSTEM } from "#domain/board/actor";
import type { BoardCommand, Refusal } from "#domain/board/commands";
import type { ProfileWrites } from "#domain/board/journal";
import { boardCode, newId, parsePublicId } from "#domain/ids";
import { passesLuhn } from "#domain/luhn";
import { cents } from "#domain/money";
import { WEBHOOK_EVENT_TYPES } from "#domain/webhook-events";
import { type Keyring, keyringOf } from "#privacy/encryption";
import { openText } from "#privacy/sealed";
import { PAYFAST } from "../http/far-sides.ts";
import { karriBoard } from "../http/partner-api/bodies.ts";
import { aCaller } from "../http/partner-api/support.ts";
import { OPERATOR_HEADERS, PUBLIC_ORIGIN, testSite } from "../http/support.ts";
import { later, type MemoryBoardObject, MemoryBoards } from "../support/board.ts";
import type { TestDatabase } from "../support/database.ts";
import { deliverWebhook, receiver } from "../webhooks/support.ts";

/** The real routes, with boards in memory that are projected to the test's database. */
export function aPlatform(database: TestDatabase) {
  const boards = new MemoryBoards({
    now: () => site.clock.now,
    projection: {
      database: database.db,
      publicOrigin: PUBLIC_ORIGIN,
      get keyring() {
        return keyringOf(site.services.settings);
      },
    },
  });
  const site = testSite(database, { settings: PAYFAST, board: boards.board });
  return { database, boards, site };
}

export type Platform = ReturnType<typeof aPlatform>;

let people = 0;

function cardNumber(n: number): string {
  const digits = `52340000${String(1_000_000 + n)}`;
  return digits + [..."0123456789"].find((last) => passesLuhn(digits + last));
}

/**
 * A family and a guest with words that nobody else has, entered wherever something can be entered: the partner API with
 * idempotency keys, a partner's receiver that repeats what it gets, the guest's form, a payout that failed, the host, and
 * the notes of operators. The board is paid out.
 */
export async function aPerson({ database, boards, site }: Platform) {
  people += 1;
  const word = (what: string) => `${what}zq${String.fromCharCode(96 + people)}x`;
  const card = cardNumber(people);
  const words = {
    child: word("Child"),
    photo: word("photo"),
    email: word("mail"),
    message: word("greeting"),
    later: word("edited"),
    cardholder: word("Cardholder"),
    card,
    guest: word("Guest"),
    guestMessage: word("wish"),
    ipAddress: `198.51.100.${people}`,
    userAgent: word("Browser"),
    hostAddress: `203.0.113.${people}`,
    hidden: word("Hidden"),
    error: word("error"),
    note: word("note"),
    second: word("second"),
    newEmail: word("address"),
  };
  const caller = await aCaller(site);
  const endpoint = {
    url: "https://partner.example.com/hooks",
    events: [...WEBHOOK_EVENT_TYPES],
    secret: "a secret between",
  };
  await ok(caller.post("/v1/webhooks", endpoint));
  const host = `${words.email}@family.example`;
  const created = await ok(
    caller.post(
      "/v1/dream-boards",
      {
        ...karriBoard,
        child_name: words.child,
        child_photo_url: `https://photos.example.com/${words.photo}.jpg`,
        gift_data: {
          ...karriBoard.gift_data,
          product_name: `LEGO for ${words.child}`,
          product_url: `https://www.takealot.com/lego/PLID90000001?for=${words.child}`,
          product_image: `https://photos.example.com/${words.photo}.jpg`,
        },
        goal_cents: 20_000,
        payout_email: host,
        message: words.message,
        karri_card_number: card,
        karri_cardholder_name: words.cardholder,
      },
      { "Idempotency-Key": "create" },
    ),
  );
  const { id, slug } = created.data as { id: string; slug: string };
  const boardId = parsePublicId("board", id) ?? "";
  const object: MemoryBoardObject = boards.board(boardCode(boardId));
  const { hostId } = object.inspect();

  async function execute(command: BoardCommand, by: Actor = SYSTEM, profiles: ProfileWrites = {}) {
    const outcome = await object.execute(command, { by, requestId: "req_test", profiles });
    if ("refused" in outcome) throw new Error(`refused: ${(outcome satisfies Refusal).refused}`);
  }

  await ok(caller.call("PATCH", `/v1/dream-boards/${slug}`, { message: words.later }, { "Idempotency-Key": "patch" }));
  const origin = { email: host, ipAddress: words.hostAddress };
  await execute(
    { type: "update_board", photo: `/photos/${words.photo}` },
    { kind: "host", hostId: hostId ?? "" },
    { origin },
  );

  const form = {
    amount: "300",
    name: words.guest,
    message: words.guestMessage,
    provider: "payfast",
    submission: newId(site.clock.now),
  };
  const chippedIn = await site.request(`/${slug}/contribute`, {
    method: "POST",
    body: new URLSearchParams(form),
    headers: { Origin: PUBLIC_ORIGIN, "CF-Connecting-IP": words.ipAddress, "User-Agent": words.userAgent },
  });
  if (chippedIn.status !== 200) throw new Error(`the form was answered ${chippedIn.status}`);
  await site.settled();
  const contributionId = newId(site.clock.now);
  const other = {
    submission: "other",
    provider: "payfast",
    amount: cents(20_000),
    signals: [],
    challengePassed: true,
  } as const;
  const contributor = {
    id: contributionId,
    profile: { name: words.hidden, message: null, ipAddress: null, userAgent: null },
  };
  await execute({ type: "open_contribution", contributionId, ...other }, SYSTEM, { contributor });
  for (const { reference, amount } of [...object.board.state.contributions.values()]) {
    const payment = { providerPaymentId: `pf-${reference}`, providerStatus: "COMPLETE" };
    await execute({ type: "report_payment", provider: "payfast", reference, status: "completed", amount, ...payment });
  }
  await execute({ type: "update_board", contributors: [{ contributionId, name: "hidden" }] }, ADMIN);

  await ok(caller.post(`/v1/dream-boards/${id}/close`, { reason: "manual" }, { "Idempotency-Key": "close" }));
  for (const { id: payoutId } of [...object.board.state.payouts.values()]) {
    const said = { payoutId, method: "hand" } as const;
    await execute({ type: "fail_payout", ...said, errorCode: "refused", errorMessage: words.error }, ADMIN);
    await execute({ type: "retry_payout", payoutId }, ADMIN);
    await execute({ type: "complete_payout", ...said, externalRef: `order-${payoutId}`, completedAt: null }, ADMIN);
    // Mailed already.
    await database.db
      .insert(giftCards)
      .values({ payoutId, externalRef: `order-${payoutId}`, mailedAt: site.clock.now });
  }
  await operate(`/internal/boards/${id}/project-again?after=0`, { note: words.note });
  const flag = { dreamBoardId: boardId, seq: 1, flag: "new_host", openedAt: site.clock.now, note: words.note } as const;
  await database.db.insert(boardFlags).values(flag);
  await database.db
    .insert(boardReports)
    .values({ dreamBoardId: boardId, reason: "other", words: words.note, reportedAt: site.clock.now });
  await database.db.insert(refunds).values({
    partnerId: caller.partnerId,
    dreamBoardId: boardId,
    contributionId,
    amountCents: 20_000,
    paymentProvider: "payfast",
    cause: "operator",
    status: "completed",
    seq: 1,
    note: words.note,
  });

  await database.db.insert(boardManagers).values({
    dreamBoardId: boardId,
    invitedBy: hostId ?? "",
    invitedEmail: `${words.second}@family.example`,
    invitedAt: site.clock.now,
    hostId: newId(site.clock.now),
    acceptedAt: site.clock.now,
  });
  const change = { hostId: hostId ?? "", newEmail: `${words.newEmail}@family.example`, askedAt: site.clock.now };
  await database.db.insert(emailChanges).values({ ...change, tokenDigest: boardId });

  const echo = receiver(({ body }) => new Response(body));
  const deliveries = await database.db
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .innerJoin(webhookEndpoints, eq(webhookEndpoints.id, webhookDeliveries.webhookEndpointId))
    .where(eq(webhookEndpoints.apiKeyId, caller.apiKeyId));
  for (const delivery of deliveries) {
    const soon = later(new Date(), 60_000);
    const services = { ...site.services, now: () => (soon > site.clock.now ? soon : site.clock.now) };
    await deliverWebhook(services, delivery.id, echo.deps);
  }
  const exported = await operate(`/internal/hosts/${host}/export`);

  async function operate(path: string, body?: unknown) {
    const method = body === undefined ? "GET" : "POST";
    return await ok(
      site.request(path, {
        method,
        headers: OPERATOR_HEADERS,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
  }
  return {
    id,
    boardId,
    slug,
    host,
    hostId: hostId ?? "",
    object,
    words,
    exported,
    operate,
    caller,
    deliveries,
  };
}

export type Person = Awaited<ReturnType<typeof aPerson>>;

async function ok(answer: Promise<Response>) {
  const response = await answer;
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
}

const CIPHERTEXT = /[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]{38,}/g;

/** `text` and, behind it, what its ciphertexts hold. */
async function opened(keyring: Keyring, text: string): Promise<string> {
  const found = text.match(CIPHERTEXT) ?? [];
  const clear = await Promise.all(found.map((sealed) => openText(keyring, sealed).catch(() => "")));
  return [text, ...clear].join("\n");
}

/** Every place that holds one of the words, in any column of any table, in the board's object, or in a log line: `place: words`. */
export async function findPerson({ database, site }: Platform, { words, object }: Pick<Person, "words" | "object">) {
  const keyring = keyringOf(site.services.settings);
  const { rows: columns } = await database.postgres.query({
    text: `SELECT table_name, column_name FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name IN (SELECT relname FROM pg_class WHERE relkind = 'r')`,
    params: [],
  });
  const found = new Map<string, Set<string>>();
  const look = async (place: string, text: string) => {
    const haystack = (await opened(keyring, text)).toLowerCase();
    for (const [name, word] of Object.entries(words)) {
      if (haystack.includes(word.toLowerCase())) found.set(place, (found.get(place) ?? new Set()).add(name));
    }
  };
  for (const [table, column] of columns) {
    const { rows } = await database.postgres.query({ text: `SELECT "${column}"::text FROM "${table}"`, params: [] });
    await look(`${table}.${column}`, rows.map(([value]) => value ?? "").join("\n"));
  }
  const { journal } = object;
  await look("object.profile", JSON.stringify(journal.profile));
  await look("object.contributors", JSON.stringify([...journal.contributors]));
  await look("object.origins", JSON.stringify(journal.origins));
  await look("object.events", JSON.stringify(journal.events));
  await look("log lines", JSON.stringify(site.logged));
  return [...found].map(([place, names]) => `${place}: ${[...names].sort().join(" ")}`).sort();
}
