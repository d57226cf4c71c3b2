import { asc, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { partnerEvents } from "#database/event-tables";
import { contributions } from "#database/schema";
import { ADMIN } from "#domain/board/actor";
import { WEBHOOK_EVENT_TYPES } from "#domain/webhook-events";
import { keyringOf } from "#privacy/encryption";
import { openFields } from "#privacy/sealed";
import { presentWebhook } from "#wire/partner-event";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { aPaidBoard, pay, siteWithBoards } from "../board-to-pay-out.ts";
import { type Contract, type Schema, schemaChecker, schemaOf } from "./contract.ts";
import { aCaller } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

it("events of every type are as the webhooks section of the OpenAPI document describes them, and hold nothing else", async () => {
  const platform = siteWithBoards(database);
  const { site } = platform;
  const caller = await aCaller(site);
  const document = (await (await site.request("/v1/openapi.json")).json()) as Contract;
  const check = schemaChecker(document);
  const refund = async (board: Awaited<ReturnType<typeof aPaidBoard>>) => {
    const { contributionId, object } = board;
    const [row] = await database.db.select().from(contributions).where(eq(contributions.id, contributionId));
    const done = {
      providerPaymentId: `pf-${row?.paymentRef}`,
      status: "completed",
      providerRefundId: null,
      reason: null,
    } as const;
    const by = { by: ADMIN, requestId: "test" };
    await object.execute({ type: "request_refund", contributionId, providerPaymentId: null }, by);
    await object.execute({ type: "report_refund", contribution: { id: contributionId }, ...done }, by);
  };

  // One board is changed, overfunded, closed, and loses a contribution; another is paid out in part.
  const shrinking = await aPaidBoard(platform, caller);
  await caller.call("PATCH", `/v1/dream-boards/${shrinking.id}`, { message: "Nearly there" });
  await pay(shrinking.object, site);
  await caller.post(`/v1/dream-boards/${shrinking.id}/close`, { reason: "manual" });
  await refund(shrinking);
  const paid = await aPaidBoard(platform, caller);
  const closed = await caller.post(`/v1/dream-boards/${paid.id}/close`, { reason: "manual" });
  const { payouts } = ((await closed.json()) as { data: { payouts: { id: string }[] } }).data;
  await caller.post(`/v1/payouts/${payouts[0]?.id}/confirm`, { external_ref: "KARRI-1" });
  await caller.post(`/v1/payouts/${payouts[1]?.id}/fail`, { error_message: "No such account" });

  const rows = await database.db
    .select()
    .from(partnerEvents)
    .where(eq(partnerEvents.partnerId, caller.partnerId))
    .orderBy(asc(partnerEvents.position));
  const keyring = keyringOf(site.services.settings);
  const events = await Promise.all(
    rows.map(async (row) => presentWebhook({ ...row, data: await openFields(keyring, row.data) })),
  );

  const problems = events.flatMap((event) => {
    const schema = document.webhooks[event.type]?.post.requestBody?.content["application/json"]?.schema ?? {};
    return [...check(schema, event), ...undocumented(document, schema, event)].map((it) => `${event.type}: ${it}`);
  });
  expect(problems).toEqual([]);
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(WEBHOOK_EVENT_TYPES));
});

/** Fields of the value that no schema names. */
function undocumented(document: Contract, schema: Schema, value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const known = namesOf(document, schema);
  return Object.entries(value).flatMap(([name, inner]) => {
    const property = known.get(name);
    return property
      ? undocumented(document, property, inner, `${path}/${name}`)
      : [`${path}/${name} is not documented`];
  });
}

function namesOf(document: Contract, schema: Schema): Map<string, Schema> {
  const { properties = {}, oneOf = [], anyOf = [], allOf = [] } = schemaOf(document, schema);
  const parts = [...oneOf, ...anyOf, ...allOf].flatMap((part) => [...namesOf(document, part)]);
  return new Map([...parts, ...Object.entries(properties)]);
}
