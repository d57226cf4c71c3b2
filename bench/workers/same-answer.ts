/**
 * Answers every path with what ChipIn once answered there, byte for byte and header for header, out of memory: what
 * sending these bytes costs when nothing is looked up, rendered or logged.
 */
const answers = new Map<string, { body: ArrayBuffer; headers: Headers }>();

export default {
  async fetch(request, { CHIPIN }) {
    const path = request.url.slice(request.url.indexOf("/", "http://".length));
    const known = answers.get(path);
    if (known) return new Response(known.body, { headers: known.headers });
    const answer = await CHIPIN.fetch(request);
    const kept = { body: await answer.arrayBuffer(), headers: new Headers(answer.headers) };
    if (answer.ok) answers.set(path, kept);
    return new Response(kept.body, { status: answer.status, headers: kept.headers });
  },
} satisfies ExportedHandler<{ CHIPIN: Fetcher }>;
