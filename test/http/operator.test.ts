import { describe, expect, it } from "vitest";
import { webhookAttempts } from "#database/own-tables";
import { JOB_NAMES } from "../../src/jobs/schedule.ts";
import { startApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";

const api = await startApi();
const NOTE = "after the outage, ticket 4711";

async function operate(method: string, path: string, body?: unknown, headers = api.operatorHeaders) {
  const response = await api.request(`/internal${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

describe("operator routes", () => {
  it.each([
    ["GET", "/jobs"],
    ["POST", "/jobs/close-due-boards"],
    ["GET", "/boards/db_01h455vb4pex5vsknk084sn02q"],
    ["POST", "/boards/db_01h455vb4pex5vsknk084sn02q/restore"],
    ["GET", "/boards/db_01h455vb4pex5vsknk084sn02q/ledger"],
    ["GET", "/ledger"],
    ["POST", "/partners"],
    ["GET", "/webhook-deliveries/50b58fa6-c111-4124-95af-5a5a385410c7/attempts"],
  ])("%s %s is answered 404 without the right job secret", async (method, path) => {
    const none = await operate(method, path, undefined, {});
    const wrong = await operate(method, path, undefined, { Authorization: "Bearer a wrong job secret" });

    expect([none.status, wrong.status]).toEqual([404, 404]);
    expect(none.body.error.code).toBe("not_found");
  });

  it("the job route runs a job as of an instant, and refuses an unknown job and an invalid instant", async () => {
    const ran = await operate("POST", "/jobs/close-due-boards?now=2026-01-01T00:00:00Z");

    expect(ran).toMatchObject({ status: 200, body: { job: "close-due-boards", result: { due: 0, closed: 0 } } });
    expect((await operate("POST", "/jobs/dance")).status).toBe(404);
    expect((await operate("POST", "/jobs/close-due-boards?now=tomorrow")).status).toBe(400);
  });

  it("the ledger of a board is lines of JSON that begin with the board and end with its end", async () => {
    const board = await api.createBoard();
    const { reference } = await api.contribute(board.slug);
    await api.simulate(reference, "pay");
    // It answers when Postgres has the whole log.
    await operate("POST", `/boards/${board.id}/project-again`, { note: NOTE });

    const response = await api.request(`/internal/boards/${board.id}/ledger`, { headers: api.operatorHeaders });
    const lines = (await response.text()).trimEnd().split("\n");
    const read = lines.map((line) => JSON.parse(line));

    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
    expect(read[0]).toMatchObject({ kind: "ledger", board: board.id });
    expect(read.flatMap(({ kind, type }) => (kind === "event" ? [type] : []))).toEqual([
      "board_opened",
      "contribution_opened",
      "payment_completed",
    ]);
    expect(read.at(-2)).toMatchObject({ kind: "object", inspection: { headSeq: 3, projectedSeq: 3 } });
    expect(read.at(-1)).toEqual({ kind: "end" });
  });

  it("the list of ledgers has every board once, in pages after an id", async () => {
    const boards = [await api.createBoard(), await api.createBoard()].map(({ id }) => id).toSorted();
    const [first = "", second] = boards;

    const all = await operate("GET", "/ledger");
    const rest = await operate("GET", `/ledger?after=${first}`);

    expect(all.body.boards).toEqual(all.body.boards.toSorted());
    expect(all.body.boards).toEqual(expect.arrayContaining(boards));
    expect(rest).toMatchObject({ status: 200, body: { boards: [second], next: null } });
  });

  it("the ledger of an unknown board is answered 404, and a page after no id 400", async () => {
    const unknown = await operate("GET", "/boards/db_01h455vb4pex5vsknk084sn02q/ledger");
    const page = await operate("GET", "/ledger?after=yesterday");

    expect([unknown.status, unknown.body.error.message]).toEqual([404, "There is no such dream board."]);
    expect([page.status, page.body.error.details[0].field]).toEqual([400, "after"]);
  });

  it("the list of jobs has every job with its latest run, by hand or by the cron", async () => {
    await operate("POST", "/jobs/compare-settlements?now=2026-01-02T04:20:00Z");

    const { status, body } = await operate("GET", "/jobs");

    expect([status, body.jobs.map(({ job }: { job: string }) => job)]).toEqual([200, JOB_NAMES]);
    const latest = Object.fromEntries(body.jobs.map(({ job, latest_run: run }: Record<string, unknown>) => [job, run]));
    expect(latest["compare-boards"]).toBeNull();
    expect(latest["compare-settlements"]).toEqual({
      started_at: expect.any(String),
      ended_at: expect.any(String),
      as_of: "2026-01-02T04:20:00.000Z",
      outcome: "done",
      counts: { settlements: expect.any(Number), reminders: 0 },
      error: null,
    });
  });

  it("the board routes show the object, project it again, and refuse to restore over an existing log", async () => {
    const board = await api.createBoard();
    const inspected = await operate("GET", `/boards/${board.id}`);

    expect(inspected).toMatchObject({ status: 200, body: { headSeq: 1, projectedSeq: 1, status: "active" } });
    expect(await operate("POST", `/boards/${board.id}/project-again?after=0`, { note: NOTE })).toMatchObject({
      status: 200,
      body: { projectedSeq: 1 },
    });
    expect((await operate("POST", `/boards/${board.id}/project-again?after=-1`, { note: NOTE })).status).toBe(400);
    expect((await operate("POST", `/boards/${board.id}/restore`, { note: NOTE })).status).toBe(409);
    expect((await operate("GET", "/boards/db_01h455vb4pex5vsknk084sn02q")).status).toBe(404);
  });

  it("the partner routes create a partner with a key for its own boards, and refuse invalid input", async () => {
    const partner = await operate("POST", "/partners", { name: "Toy Town" });
    const key = await operate("POST", `/partners/${partner.body.id}/api-keys`, {
      environment: "live",
      scopes: ["dreamboards:read", "dreamboards:write"],
    });
    const mine = await api.createBoard({}, { id: partner.body.id, apiKey: key.body.token });
    const theirs = await api.createBoard();

    expect(key.body.token).toMatch(/^cpk_live_[0-9A-Za-z]{32}$/);
    expect((await api.call("GET", `/v1/dream-boards/${mine.id}`, undefined, key.body.token)).status).toBe(200);
    expect((await api.call("GET", `/v1/dream-boards/${theirs.id}`, undefined, key.body.token)).status).toBe(404);
    expect((await operate("POST", "/partners", { name: "Toy Town" })).status).toBe(409);
    expect((await operate("POST", "/partners", { name: " " })).body.error.details).toMatchObject([{ field: "name" }]);
    expect(
      (await operate("POST", `/partners/${partner.body.id}/api-keys`, { environment: "live", scopes: [] })).status,
    ).toBe(400);
  });
});

it("the attempts of a webhook delivery show what the receiver answered, which is stored sealed", async () => {
  const endpoint = { url: `${api.console}/receiver`, events: ["dreamboard.created"], secret: "a secret of ours" };
  expect((await api.call("POST", "/v1/webhooks", endpoint)).status).toBe(201);
  await api.createBoard();
  const [row] = await eventually(async () => {
    const rows = await api.db.select().from(webhookAttempts);
    return rows.length > 0 ? rows : null;
  });

  const answer = await operate("GET", `/webhook-deliveries/${row?.deliveryId}/attempts`);

  expect(answer).toMatchObject({
    status: 200,
    body: { attempts: [{ attempt: 1, response_code: 200, response_body: "thanks", error: null }] },
  });
  expect(row?.responseBody).not.toContain("thanks");
  expect((await operate("GET", "/webhook-deliveries/mine/attempts")).body.error.details).toMatchObject([
    { field: "id" },
  ]);
});

describe("the deadline job", () => {
  it("the deadline job closes boards with money, expires the others, and changes nothing when repeated", async () => {
    const [paid, empty] = [await api.createBoard(), await api.createBoard()];
    const { reference } = await api.contribute(paid.slug);
    await api.simulate(reference, "pay");
    const later = new Date(Date.now() + 31 * 86_400_000);

    await api.runJob("close-due-boards", later);

    const statusOf = async ({ id }: { id: string }) =>
      (await api.call("GET", `/v1/dream-boards/${id}`)).body.data.status;
    expect([await statusOf(paid), await statusOf(empty)]).toEqual(["closed", "expired"]);
    await eventually(async () => {
      expect(await api.runJob("close-due-boards", later)).toMatchObject({ result: { due: 0, closed: 0 } });
      return true;
    });
  });
});
