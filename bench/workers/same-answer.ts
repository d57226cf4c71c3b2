/**
 * Answers every path with what ChipIn once answered there, byte for byte and header for header, out of memory, under a
 * request id of its own and with the same line of log: what these bytes cost when nothing is looked up or rendered.
 */
const answers = new Map<string, { body: ArrayBuffer; headers: Headers }>();

export default {
  async fetch(request, { CHIPIN }) {
    const path = request.url.slice(request.url.indexOf("/", "http://".length));
    const known = answers.get(path);
    if (!known) {
      const answer = await CHIPIN.fetch(request);
      const kept = { body: await answer.arrayBuffer(), headers: new Headers(answer.headers) };
      if (answer.ok) answers.set(path, kept);
      return new Response(kept.body, { status: answer.status, headers: kept.headers });
    }
    const requestId = crypto.randomUUID();
    const response = new Response(known.body, { headers: known.headers });
    response.headers.set("x-request-id", requestId);
    const line = { event: "request", request_id: requestId, method: "GET", route: "/:slug", board: "8k3m9q2rtw" };
    console.log(JSON.stringify({ ...line, status: 200, outcome: "ok", duration_ms: 0 }));
    return response;
  },
} satisfies ExportedHandler<{ CHIPIN: Fetcher }>;
