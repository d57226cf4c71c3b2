import { expect, it } from "vitest";
import { startApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";

/** A developer with a test key goes from a board to a paid-out payout, through the whole platform. */
const api = await startApi();
const { sandbox } = api.platform;

const call = (method: string, path: string, body?: unknown) => api.call(method, `/v1${path}`, body, sandbox.apiKey);
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const form = (path: string, fields: Record<string, string>) =>
  api.request(path, { method: "POST", body: new URLSearchParams(fields), headers: { origin: api.origin } });

/** Chips in as a guest and presses a button of the test page. */
async function chipIn(slug: string, outcome: string): Promise<void> {
  const typed = { amount: "200", name: "Thandi", provider: "sandbox", submission: crypto.randomUUID() };
  const checkout = await form(`/${slug}/contribute`, typed);
  const page = checkout.headers.get("location") ?? "";
  const ref = new URL(page).searchParams.get("ref") ?? "";
  expect(await (await fetch(page)).text()).toContain("No real money moves here.");
  expect((await form(`/${slug}/test-payment`, { ref, outcome })).status).toBe(303);
}

const eventsOf = async (slug: string) => {
  const response = await fetch(`${api.console}/api/webhooks`);
  const received = (await response.json()) as { body: { type: string; data: Record<string, unknown> } | string }[];
  return received
    .map(({ body }) => (typeof body === "string" ? JSON.parse(body) : body))
    .filter((event) => JSON.stringify(event).includes(slug))
    .map((event) => event);
};

it("a test key takes a board through payments, webhooks, its deadline and a confirmed payout, and a live key sees none of it", async () => {
  const url = `${api.console}/receiver/sandbox`;
  const events = ["dreamboard.created", "contribution.received", "pot.closed", "dreamboard.updated"];
  expect((await call("POST", "/webhooks", { url, events, secret: "a secret of the sandbox" })).status).toBe(201);
  const board = await api.createBoard({}, sandbox);
  expect(board).toMatchObject({ sandbox: true });
  expect((await api.call("GET", `/v1/dream-boards/${board.id}`)).status).toBe(404);

  await chipIn(board.slug, "pay");
  await chipIn(board.slug, "pay_twice");
  await chipIn(board.slug, "wrong_amount");
  const raised = { raised_cents: 38_800, payable_cents: 38_800, contribution_count: 2, status: "active" };
  expect((await call("GET", `/dream-boards/${board.id}`)).body.data).toMatchObject(raised);

  const early = await call("POST", `/sandbox/boards/${board.id}/advance`, { to: inDays(0) });
  expect([early.status, early.body.data.status]).toEqual([200, "active"]);
  const advanced = await call("POST", `/sandbox/boards/${board.slug}/advance`, { to: inDays(60) });
  expect([advanced.status, advanced.body.data.status]).toEqual([200, "closed"]);
  const [payout] = (await call("GET", "/payouts/pending")).body.data;
  const confirmed = await call("POST", `/payouts/${payout.id}/confirm`, { external_ref: "order-1" });
  expect([confirmed.status, confirmed.body.data.status]).toEqual([200, "completed"]);

  const told = await eventually(async () => {
    const seen = await eventsOf(board.slug);
    return seen.some(({ type, data }) => type === "dreamboard.updated" && data.status === "paid_out") ? seen : null;
  });
  expect(new Set(told.map(({ type }) => type))).toEqual(new Set(events));
  const boards = told.map(({ data }) => (data.dream_board ?? data) as { sandbox: boolean });
  expect(new Set(boards.map((one) => one.sandbox))).toEqual(new Set([true]));
});

it("a payout that nobody confirms completes by itself an hour later", async () => {
  const board = await api.createBoard({}, sandbox);
  await chipIn(board.slug, "pay");
  const closing = await call("POST", `/dream-boards/${board.id}/close`, { reason: "manual" });
  expect(closing.body.data.payouts).toMatchObject([{ status: "pending" }]);

  const later = await call("POST", `/sandbox/boards/${board.id}/advance`, { to: inDays(1) });
  expect(later.body.data.status).toBe("paid_out");
  const [payout] = closing.body.data.payouts;
  expect((await call("GET", `/payouts/${payout.id}`)).body.data).toMatchObject({ status: "completed" });
});

it("a live board cannot be advanced, a foreign one is not found, and a wrong body is refused", async () => {
  const live = await api.createBoard();
  const path = `/v1/sandbox/boards/${live.id}/advance`;

  const refused = await api.call("POST", path, { to: inDays(60) });
  expect([refused.status, refused.body.error.code]).toEqual([409, "conflict"]);
  expect(refused.body.error.message).toContain("cpk_test_");
  expect((await api.call("GET", `/v1/dream-boards/${live.id}`)).body.data.status).toBe("active");
  expect((await api.call("POST", path, { to: inDays(60) }, sandbox.apiKey)).status).toBe(404);
  const wrong = await api.call("POST", path, { to: "tomorrow" });
  expect([wrong.status, wrong.body.error.details[0].field]).toEqual([400, "to"]);
});
