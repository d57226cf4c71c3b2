import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLogs } from "#database/schema";
import { startTestDatabase, type TestDatabase } from "../../support/database.ts";
import { aCaller, type Caller, expectRefusal } from "../partner-api/support.ts";
import { OPERATOR, OPERATOR_HEADERS, type TestSite, testSite } from "../support.ts";

const NOTE = "their server is being moved, ticket 4711";

let database: TestDatabase;
let site: TestSite;
beforeAll(async () => {
  database = await startTestDatabase();
  site = testSite(database);
});
afterAll(() => database.stop());

function send(method: "GET" | "POST", path: string, body?: unknown) {
  const init = { method, headers: OPERATOR_HEADERS, ...(body !== undefined && { body: JSON.stringify(body) }) };
  return site.request(`/internal${path}`, init);
}

async function operate(...request: Parameters<typeof send>) {
  const response = await send(...request);
  return { status: response.status, body: JSON.parse(await response.text()) };
}

async function anEndpoint(of: Caller, nth = 0): Promise<string> {
  const endpoint = {
    url: `https://hooks.example.com/${nth}`,
    events: ["pot.funded"],
    secret: "a secret of the receiver",
  };
  const { data } = (await (await of.post("/v1/webhooks", endpoint)).json()) as { data: { id: string } };
  return data.id;
}

const listed = async (partnerId: string) => (await operate("GET", `/partners/${partnerId}/webhooks`)).body.webhooks;

describe("partners' webhook endpoints", () => {
  it("an operator sees them, pauses one and resumes it, and is in the audit log with the reason", async () => {
    const caller = await aCaller(site);
    const [first, second] = [await anEndpoint(caller, 1), await anEndpoint(caller, 2)];
    await anEndpoint(await aCaller(site));
    const ids = (await listed(caller.partnerId)).map(({ id }: { id: string }) => id);
    expect(new Set(ids)).toEqual(new Set([first, second]));

    const paused = await operate("POST", `/webhooks/${first}/pause`, { note: NOTE });
    expect([paused.status, paused.body.status]).toEqual([200, "paused"]);
    const resumed = await operate("POST", `/webhooks/${first}/resume`, { note: NOTE });
    expect([resumed.status, resumed.body.status]).toEqual([200, "active"]);

    const audited = await database.db
      .select()
      .from(auditLogs)
      .where(and(eq(auditLogs.targetId, first), eq(auditLogs.actorEmail, OPERATOR)));
    expect(audited.map(({ action, metadata }) => [action, metadata]).sort()).toEqual([
      ["webhook_endpoint.paused", { reason: NOTE }],
      ["webhook_endpoint.resumed", { reason: NOTE }],
    ]);
  });

  it("one that is deleted is not listed and cannot be resumed; a note is asked for; an unknown one is not found", async () => {
    const caller = await aCaller(site);
    const id = await anEndpoint(caller);
    await caller.call("DELETE", `/v1/webhooks/${id}`);

    expect(await listed(caller.partnerId)).toEqual([]);
    await expectRefusal(await send("POST", `/webhooks/${id}/resume`, { note: NOTE }), 409, "conflict");
    const refused = await send("POST", `/webhooks/${id}/pause`, {});
    expect((await expectRefusal(refused, 400, "validation_error")).details).toMatchObject([{ field: "note" }]);
    const unknown = "wh_01k9v2m3q4e8xavkz6m1t7h5ws";
    await expectRefusal(await send("POST", `/webhooks/${unknown}/pause`, { note: NOTE }), 404, "not_found");
  });
});
