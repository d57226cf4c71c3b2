import { signatureHeaders } from "#webhooks/signing";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/**
 * What delivering webhooks cannot cost less than: the body is signed as ours are and sent, so many at once; no queue, no
 * rows. `POST /?url=…&count=…&at_once=…`, the body as the webhook's.
 */
export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const url = searchParams.get("url") ?? "";
    const count = Number(searchParams.get("count"));
    const body = await request.text();
    let next = 0;
    let delivered = 0;
    const work = async () => {
      for (let index = next++; index < count; index = next++) {
        const signed = signatureHeaders({ eventId: `evt_${index}`, body, secrets: [SECRET], at: new Date() });
        const headers = { "content-type": "application/json", ...signed };
        const answer = await fetch(url, { method: "POST", headers, body });
        await answer.text();
        if (answer.ok) delivered += 1;
      }
    };
    await Promise.all(Array.from({ length: Number(searchParams.get("at_once")) }, work));
    return Response.json(delivered);
  },
} satisfies ExportedHandler;
