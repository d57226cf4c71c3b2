import { listen } from "../support/database.ts";

export type Received = { headers: Headers; body: string };

/** A site that receives the notices of a simulator, keeps them, and answers with the statuses in `answers`. */
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
    /** The statuses for the next notices, in order; 200 after that. */
    answers,
    /** The notices since the last call. */
    take: () => received.splice(0),
    close: site.close,
  };
}
