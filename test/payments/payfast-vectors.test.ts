import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { cents } from "#domain/money";
import { parseItn } from "#payments/payfast/itn";
import { payfast } from "#payments/payfast/provider";
import {
  apiParameters,
  apiSignature,
  type Field,
  formParameters,
  formSignature,
  isNotificationSigned,
} from "#payments/payfast/signature";
import { callback, deps, SETTINGS, VALID, validatePage } from "./payfast-notices.ts";

type Vector<Kind extends string, Inputs, Expected> = {
  id: string;
  kind: Kind;
  note: string;
  inputs: Inputs;
  expected: Expected & { result: "accept" | "reject"; signature: string; mapped_status?: string; reason?: string };
};
type Checkout = Vector<"checkout_signature", { fields: Field[]; passphrase: string | null }, { param_string: string }>;
type Notification = Vector<
  "itn",
  {
    raw_body: string;
    passphrase: string | null;
    expected_merchant_id: string;
    expected_reference: string;
    expected_amount_cents: number;
  },
  unknown
>;
type Api = Vector<
  "api_signature",
  {
    headers: Record<string, string>;
    query: Record<string, string>;
    body: Record<string, string>;
    passphrase: string;
  },
  { signed_string: string }
>;

const vectors: (Checkout | Notification | Api)[] = JSON.parse(
  readFileSync(`${import.meta.dirname}/payfast-vectors.json`, "utf8"),
);
const checkouts = vectors.filter((vector) => vector.kind === "checkout_signature");
const notifications = vectors.filter((vector) => vector.kind === "itn");
const apiCalls = vectors.filter((vector) => vector.kind === "api_signature");

it("the file of PayFast vectors has PF-01 to PF-13", () => {
  expect(vectors.map(({ id }) => id)).toEqual(
    Array.from({ length: 13 }, (_, index) => `PF-${String(index + 1).padStart(2, "0")}`),
  );
  expect(checkouts.length + notifications.length + apiCalls.length).toBe(vectors.length);
});

it.each(checkouts)("the published form $id ($note) has its parameter string and signature", ({ inputs, expected }) => {
  expect(formParameters(inputs.fields)).toBe(expected.param_string);
  expect(formSignature(inputs.fields, inputs.passphrase)).toBe(expected.signature);
});

it.each(notifications)(
  "the published notification $id ($note) has its signature and verdict, and is confirmed only when signed",
  async ({ inputs, expected }) => {
    const { passphrase } = inputs;
    const isSigned = expected.reason !== "signature_mismatch";
    const page = validatePage(VALID);
    // Only the sandbox allows an account without a passphrase.
    const settings = { ...SETTINGS, merchantId: inputs.expected_merchant_id, passphrase, sandbox: true };

    const itn = parseItn(callback(inputs.raw_body).body);
    const verdict = await payfast(settings, deps(page.fetch)).readCallback(callback(inputs.raw_body));

    if ("reason" in itn) expect.fail(itn.reason);
    expect(isNotificationSigned(itn.received, expected.signature, passphrase)).toBe(true);
    expect(isNotificationSigned(itn.received, itn.signature, passphrase)).toBe(isSigned);
    expect(page.requests.length).toBe(isSigned ? 1 : 0);
    if (!isSigned) {
      expect(verdict).toEqual({ reason: "signature_mismatch" });
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

it.each(apiCalls)(
  "the published API call $id ($note) has its parameter string and signature",
  ({ inputs, expected }) => {
    const fields = [inputs.headers, inputs.query, inputs.body].flatMap((part) => Object.entries(part));

    expect(apiParameters(fields, inputs.passphrase)).toBe(expected.signed_string);
    expect(apiSignature(fields, inputs.passphrase)).toBe(expected.signature);
  },
);

it("the underpaid notification PF-09 is reported as R2.50", async () => {
  const underpaid = notifications.find(({ id }) => id === "PF-09");
  const provider = payfast(SETTINGS, validatePage(VALID));

  const verdict = await provider.readCallback(callback(underpaid?.inputs.raw_body ?? ""));

  expect(verdict).toMatchObject({ report: { status: "completed", amount: cents(250) } });
});
