import { and, eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { webhookEndpoints, webhookEvents } from "#database/schema";
import { parsePublicId } from "#domain/ids";
import { startApi } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";

const api = await startApi();

async function operate(path: string, body: unknown) {
  const init = { method: "POST", headers: api.operatorHeaders, body: JSON.stringify(body) };
  const answer = await api.request(`/internal${path}`, init);
  expect(answer.status).toBeLessThan(300);
  return JSON.parse(await answer.text());
}

/** Of each board, how many events the endpoint got, as a partner's server would count them. */
async function receivedBoards(): Promise<string[]> {
  const received = (await (await fetch(`${api.console}/api/webhooks`)).json()) as { body: string }[];
  return received.map(({ body }) => JSON.parse(body).data.id).toSorted();
}

it("a partner whose key is rotated goes on with its boards and hears of each once, with rows of webhook_events under the new key", async () => {
  const { id: partnerId } = api.partner;
  const scopes = ["dreamboards:read", "dreamboards:write", "webhooks:manage"];
  const old = await operate(`/partners/${partnerId}/api-keys`, { environment: "live", scopes, rate_limit: 10_000 });
  const endpoint = { url: `${api.console}/receiver`, events: ["dreamboard.created"], secret: "a secret of theirs" };
  expect((await api.call("POST", "/v1/webhooks", endpoint, old.token)).status).toBe(201);
  const before = await api.createBoard({}, { id: partnerId, apiKey: old.token });

  const next = await operate(`/api-keys/${old.id}/rotate`, { overlap_hours: 0, note: "it leaked, ticket 4722" });

  expect((await api.call("GET", `/v1/dream-boards/${before.id}`, undefined, old.token)).status).toBe(401);
  const after = await api.createBoard({}, { id: partnerId, apiKey: next.token });
  const boards = [before.id, after.id].toSorted();
  expect(await eventually(async () => ((await receivedBoards()).length >= 2 ? await receivedBoards() : null))).toEqual(
    boards,
  );
  const newKeyId = parsePublicId("apiKey", next.id) ?? "";
  const ofNewKey = and(eq(webhookEvents.apiKeyId, newKeyId), eq(webhookEvents.eventType, "dreamboard.created"));
  expect(await api.db.$count(webhookEvents, ofNewKey)).toBe(1);
  expect(await api.db.$count(webhookEndpoints, eq(webhookEndpoints.apiKeyId, newKeyId))).toBe(1);
});
