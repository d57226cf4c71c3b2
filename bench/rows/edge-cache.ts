import { serveEdgeCache } from "../../local/edge-cache/serve.ts";
import { findFreePort } from "../../local/ports.ts";
import { insist, insistOnQuietLog } from "../checks.ts";
import type { Stage } from "../stage.ts";
import type { Row } from "../table.ts";

const VIEWS = 1_000;
const SECONDS = 10;

/** One board opened a hundred times a second, whatever the answers do (an open loop), through the local edge cache. */
export async function edgeCacheRows(stage: Stage): Promise<Row[]> {
  const board = await stage.openBoard();
  const port = await findFreePort();
  const edge = await serveEdgeCache({ port, workerPort: Number(new URL(stage.door.origin).port) });
  try {
    const page = `http://127.0.0.1:${port}/${board.slug}`;
    const startedAt = performance.now();
    const views = await Promise.all(
      Array.from({ length: VIEWS }, async (_, index) => {
        const dueAt = startedAt + (index * SECONDS * 1_000) / VIEWS;
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAt - performance.now())));
        const answer = await fetch(page);
        return { status: answer.status, html: await answer.text() };
      }),
    );
    insist("views answered with the page", views.filter(({ html }) => html.includes(board.slug)).length, VIEWS);
    insist("views refused", views.filter(({ status }) => status !== 200).length, 0);
    await insistOnQuietLog(stage);
  } finally {
    await edge.stop();
  }
  return [
    {
      what: "board page, edge cache on",
      figures: [edge.cache.runs],
      unit: "runs",
      budget: { atMost: 10 },
      note: `Worker runs per ${VIEWS} views of one board from one place in ${SECONDS} s`,
    },
  ];
}
