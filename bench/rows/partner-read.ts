import type { BenchOptions } from "../arguments.ts";
import { insist, insistOnQuietLog } from "../checks.ts";
import type { Board } from "../gifts.ts";
import { interleave, manyRounds, ratios } from "../interleave.ts";
import type { Stage } from "../stage.ts";
import type { Row } from "../table.ts";
import { load } from "../wrk.ts";

/**
 * `GET /v1/dream-boards/{id}` with a key, beside a Worker that counts in a bare object and asks another for the same answer, and beside a build
 * whose only difference is that it believes every key.
 */
export async function partnerReadRows(stage: Stage, options: BenchOptions): Promise<Row[]> {
  const { origins, partner, database } = stage;
  const { seconds } = options;
  const board = await stage.openBoard();
  const other = await openUnchecked(stage);
  const keyed = { authorization: `Bearer ${partner.apiKey}` };
  const believed = { authorization: `Bearer ${partner.id}` };
  const read = { url: `${origins.chipin}/v1/dream-boards/${board.id}`, headers: keyed };
  const unchecked = { url: `${origins.unchecked}/v1/dream-boards/${other.id}`, headers: believed };

  const bare = `${origins.bare}/answer`;
  const answer = await (await fetch(read.url, { headers: keyed })).text();
  await fetch(bare, { method: "PUT", body: answer });

  const full = { url: `${bare}/full` };
  for (const target of [{ url: bare }, full, read, unchecked]) await load({ ...target, seconds: 2 });
  const before = database.gateway.requests;
  let requests = 0;
  const readRate = async () => {
    const { perSecond, answered } = await load({ ...read, seconds });
    requests += answered;
    return perSecond;
  };
  const rates = await interleave(manyRounds(options), {
    bare: async () => (await load({ url: bare, seconds })).perSecond,
    full: async () => (await load({ ...full, seconds })).perSecond,
    unchecked: async () => (await load({ ...unchecked, seconds })).perSecond,
    read: readRate,
  });
  const roundTrips = database.gateway.requests - before;

  for (const url of [bare, full.url]) insist("what the bare object answers", await (await fetch(url)).text(), answer);
  insist("the board read with its key", await idAt(read.url, keyed), board.id);
  insist("the board read unchecked", await idAt(unchecked.url, believed), other.id);
  for (const headers of [{}, { authorization: `Bearer ${partner.apiKey.slice(0, -1)}?` }, believed]) {
    insist("the answer to a wrong key", (await fetch(read.url, { headers })).status, 401);
  }
  // Looked up again every ten seconds, and then once for each request that is waiting; never once a request.
  insist("keys are remembered between requests", roundTrips < requests / 10, true);
  await insistOnQuietLog(stage);
  return [
    {
      what: "partner read, with key",
      figures: ratios(rates.read, rates.bare),
      unit: "ratio",
      budget: { atLeast: 0.55 },
      note: "a Worker that counts in a bare object and asks another for the same answer",
    },
    {
      what: "partner read, with key",
      figures: ratios(rates.read, rates.full),
      unit: "ratio",
      budget: null,
      note: "the same Worker with the same headers, one request id, one log line",
    },
    {
      what: "partner read, with key",
      figures: ratios(rates.read, rates.unchecked),
      unit: "ratio",
      budget: { atLeast: 0.8 },
      note: "the same without key check",
    },
  ];
}

/** The build without key check has objects of its own. */
async function openUnchecked({ origins, partner, openBoard }: Stage): Promise<Board> {
  return openBoard(origins.unchecked, partner.id);
}

async function idAt(url: string, headers: Record<string, string>): Promise<string> {
  const answer = (await (await fetch(url, { headers })).json()) as { data?: { id: string } };
  return answer.data?.id ?? "none";
}
