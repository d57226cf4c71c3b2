import { listen } from "../support/database.ts";

export type Received = { headers: Headers; body: string };

/** Where a simulator's notices go in a test: keeps what came, answers what it is told to. */
export async function startCallbackSite() {
  const received: Received[] = [];
  const answers: number[] = [];
  const site = await listen(async (request) => {
    received.push({ headers: request.headers, body: await request.text() });
    return new Response(null, { status: answers.shift() ?? 200 });
  });
  return {
    url: `http://127.0.0.1:${site.port}/hook`,
    received,
    /** for the next notices, in turn; 200 after that */
    answers,
    /** What came since the last call. */
    take: () => received.splice(0),
    close: site.close,
  };
}
