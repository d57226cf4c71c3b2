import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { signatureHeaders } from "#webhooks/signing";
import { verifyWebhook, WebhookVerificationError } from "../../sdk/src/index.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEWER = "whsec_ZmFrZS1zZWNyZXQtZm9yLXRlc3RzLW9ubHktMzI=";
const NOW = Date.parse("2026-12-01T08:00:00.000Z");
const BODY = '{"id":"evt_1","type":"pot.closed","data":{"child_name":"Zoë 🎂","goal_cents": 20000}}';

type Headers_ = Record<string, string>;
const signed = (secrets: readonly string[], at = NOW, body = BODY): Headers_ =>
  signatureHeaders({ eventId: "evt_1", body, secrets, at: new Date(at) });
const own = ({ "X-ChipIn-Signature": signature = "" }: Headers_): Headers_ => ({ "X-ChipIn-Signature": signature });
const standard = ({ "X-ChipIn-Signature": _, ...others }: Headers_): Headers_ => others;
const verify = (
  headers: Headers_ | Headers,
  secrets: string | readonly string[] = SECRET,
  body: string | Uint8Array = BODY,
) => verifyWebhook(body, headers, secrets, { now: NOW });

it("a delivery that ChipIn signed is its event, by either signature, with any of several secrets", async () => {
  const rows: [what: string, headers: Headers_ | Headers, secrets: string | readonly string[]][] = [
    ["both signatures", signed([SECRET]), SECRET],
    ["ChipIn's signature alone", own(signed([SECRET])), SECRET],
    ["Standard Webhooks' alone", standard(signed([SECRET])), SECRET],
    ["Headers", new Headers(signed([SECRET])), SECRET],
    ["a secret that is its own bytes", standard(signed(["correct horse battery"])), "correct horse battery"],
    ["the older secret while it is replaced", own(signed([NEWER, SECRET])), SECRET],
    ["the newer secret while it is replaced", standard(signed([NEWER, SECRET])), NEWER],
    ["a receiver that knows both", signed([SECRET]), [NEWER, SECRET]],
    ["4:59 old", signed([SECRET], NOW - 299_000), SECRET],
    ["4:59 ahead", signed([SECRET], NOW + 299_000), SECRET],
  ];
  for (const [what, headers, secrets] of rows)
    expect([what, await verify(headers, secrets)]).toEqual([what, JSON.parse(BODY)]);
});

it("the body may be text or bytes", async () => {
  const bytes = new TextEncoder().encode(BODY);
  for (const body of [BODY, bytes, Buffer.from(BODY)])
    expect(await verify(signed([SECRET]), SECRET, body)).toMatchObject({ id: "evt_1" });
  expect(await verifyWebhook(new Uint8Array(bytes).buffer, signed([SECRET]), SECRET, { now: NOW })).toMatchObject({
    id: "evt_1",
  });
});

it("what a library of Standard Webhooks signed is accepted", async () => {
  const signature = new Webhook(SECRET).sign("evt_1", new Date(NOW), BODY);
  const headers = { "webhook-id": "evt_1", "webhook-timestamp": String(NOW / 1_000), "webhook-signature": signature };
  expect(await verify(headers)).toMatchObject({ type: "pot.closed" });
});

it("everything else is refused, with the reason", async () => {
  const fitsNone = "The signature fits none of the secrets";
  const tooOld = "The signature is not of the last 300 s";
  const none = "The delivery has no signature";
  const both = signed([SECRET]);
  const rows: [what: string, headers: Headers_, secret: string, body: string, reason: string][] = [
    ["another secret", both, NEWER, BODY, fitsNone],
    ["an empty secret", signed(["x"]), "", BODY, fitsNone],
    ["a changed body", both, SECRET, BODY.replace("20000", "90000"), fitsNone],
    ["JSON printed again", both, SECRET, JSON.stringify(JSON.parse(BODY)), fitsNone],
    ["another event's id", { ...standard(both), "webhook-id": "evt_2" }, SECRET, BODY, fitsNone],
    ["a changed time", { ...standard(both), "webhook-timestamp": String(NOW / 1_000 + 1) }, SECRET, BODY, fitsNone],
    ["5:01 old", signed([SECRET], NOW - 301_000), SECRET, BODY, tooOld],
    ["5:01 ahead", signed([SECRET], NOW + 301_000), SECRET, BODY, tooOld],
    ["no headers", {}, SECRET, BODY, none],
    ["a time that is no number", { "X-ChipIn-Signature": "t=now,v1=00" }, SECRET, BODY, none],
    ["no hex", { "X-ChipIn-Signature": `t=${NOW / 1_000},v1=zz` }, SECRET, BODY, fitsNone],
    ["no base64", { ...standard(both), "webhook-signature": "v1,%%%" }, SECRET, BODY, fitsNone],
    [
      "another version",
      { ...standard(both), "webhook-signature": (both["webhook-signature"] ?? "").replace("v1,", "v1a,") },
      SECRET,
      BODY,
      fitsNone,
    ],
  ];
  for (const [what, headers, secret, body, reason] of rows) {
    const error = await verify(headers, secret, body).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect([what, error]).toEqual([what, expect.any(WebhookVerificationError)]);
    expect([what, (error as Error).message]).toEqual([what, reason]);
  }
});
