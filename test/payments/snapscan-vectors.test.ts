import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { cents } from "#domain/money";
import { basicAuthorization } from "#payments/snapscan/api";
import { paymentLink } from "#payments/snapscan/link";
import { isNoticeSigned } from "#payments/snapscan/notice";
import { snapscan } from "#payments/snapscan/provider";
import { callback, deps, openPayment, SETTINGS, snapscanFarSide } from "./snapscan-callbacks.ts";

type Vector<Kind extends string, Inputs, Expected> = {
  id: string;
  kind: Kind;
  note: string;
  inputs: Inputs;
  expected: Expected & { result: "accept" | "reject"; mapped_status?: string; reason?: string };
};
type Webhook = Vector<
  "webhook",
  {
    webhook_auth_key: string;
    raw_body: string;
    authorization: string;
    expected_snap_code: string;
    expected_reference: string;
    expected_amount_cents: number;
  },
  { signature: string }
>;
type QrUrl = Vector<
  "qr_url",
  {
    snap_code: string;
    reference: string;
    amount_cents: number;
    image_size: number;
    validation_key: string | null;
  },
  { payment_url: string; image_url: string; signature: string | null }
>;
type BasicAuth = Vector<"basic_auth", { api_key: string }, { signature: string }>;

const vectors: (Webhook | QrUrl | BasicAuth)[] = JSON.parse(
  readFileSync(`${import.meta.dirname}/snapscan-vectors.json`, "utf8"),
);
const webhooks = vectors.filter((vector) => vector.kind === "webhook");
const qrUrls = vectors.filter((vector) => vector.kind === "qr_url");
const credentials = vectors.filter((vector) => vector.kind === "basic_auth");
const REFUSALS: Record<string, string> = {
  signature_mismatch: "signature_mismatch",
  bad_authorization_header: "unsigned",
};

it("the file of SnapScan vectors has SS-01 to SS-10", () => {
  expect(vectors.map(({ id }) => id)).toEqual(
    Array.from({ length: 10 }, (_, index) => `SS-${String(index + 1).padStart(2, "0")}`),
  );
  expect(webhooks.length + qrUrls.length + credentials.length).toBe(vectors.length);
});

it.each(webhooks)(
  "the published webhook $id ($note) has its signature and verdict, and is confirmed only when signed",
  async ({ inputs, expected }) => {
    const refusal = REFUSALS[expected.reason ?? ""];
    const read = async (confirmWithApi: boolean) => {
      const { fetch, requests } = snapscanFarSide();
      const own = { snapCode: inputs.expected_snap_code, webhookAuthKey: inputs.webhook_auth_key };
      const provider = snapscan({ ...SETTINGS, ...own, confirmWithApi }, deps(fetch));
      const verdict = await provider.readCallback(callback(inputs.raw_body, inputs.authorization));
      return { verdict, requests };
    };

    const { body } = callback(inputs.raw_body);
    const { verdict } = await read(false);
    const confirmed = await read(true);

    expect(isNoticeSigned(body, expected.signature, inputs.webhook_auth_key)).toBe(true);
    expect(inputs.authorization.includes(expected.signature)).toBe(expected.reason !== "signature_mismatch");
    expect(confirmed.requests.length).toBe(refusal ? 0 : 1);
    if (refusal) {
      expect(verdict).toMatchObject({ reason: refusal });
      return;
    }
    if (!("report" in verdict)) expect.fail(JSON.stringify(verdict));
    const { report } = verdict;
    expect(report.reference).toBe(inputs.expected_reference);
    // The board compares the amount with the contribution. The adapter only has to read it correctly.
    expect(report.amount === inputs.expected_amount_cents).toBe(expected.reason !== "amount_mismatch");
    if (expected.mapped_status) expect(report.status).toBe(expected.mapped_status);
  },
);

it.each(qrUrls)(
  "the published link $id ($note) is what the guest gets as link and as code",
  async ({ inputs, expected }) => {
    const settings = { ...SETTINGS, snapCode: inputs.snap_code, validationKey: inputs.validation_key };
    const payment = openPayment(inputs.reference, cents(inputs.amount_cents));

    const { fetch, requests } = snapscanFarSide();

    const link = paymentLink(settings, payment);
    const started = await snapscan(settings, deps(fetch)).start(payment);

    expect(link).toBe(expected.payment_url);
    expect(new URL(link).searchParams.get("signature")).toBe(expected.signature);
    expect(imageOf(link, inputs.image_size)).toBe(expected.image_url);
    expect(started).toEqual({ checkout: { kind: "qr", link, code: link }, requestId: null });
    expect(requests).toEqual([]);
  },
);

it.each(credentials)(
  "the published credential $id ($note) is the Authorization of an API call",
  ({ inputs, expected }) => {
    expect(basicAuthorization(inputs.api_key)).toBe(expected.signature);
  },
);

/** The address of SnapScan's own picture of a link. */
function imageOf(link: string, size: number): string {
  return `${link.replace("?", ".svg?")}&snap_code_size=${size}`;
}
