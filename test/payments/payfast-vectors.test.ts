import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
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

it("has every vector", () => {
  expect(vectors.map(({ id }) => id)).toEqual(
    Array.from({ length: 13 }, (_, index) => `PF-${String(index + 1).padStart(2, "0")}`),
  );
  expect(checkouts.length + notifications.length + apiCalls.length).toBe(vectors.length);
});

describe.each(checkouts)("$id: $note", ({ inputs, expected }) => {
  it("signs the form as PayFast does", () => {
    expect(formParameters(inputs.fields)).toBe(expected.param_string);
    expect(formSignature(inputs.fields, inputs.passphrase)).toBe(expected.signature);
  });
});

describe.each(notifications)("$id: $note", ({ inputs, expected }) => {
  const { passphrase } = inputs;
  const provider = (fetch: typeof globalThis.fetch) =>
    // Only the sandbox may do without a passphrase.
    payfast({ ...SETTINGS, merchantId: inputs.expected_merchant_id, passphrase, sandbox: true }, deps(fetch));

  it("computes the expected signature", () => {
    const itn = parseItn(callback(inputs.raw_body).body);

    if ("reason" in itn) expect.fail(itn.reason);
    expect(isNotificationSigned(itn.received, expected.signature, passphrase)).toBe(true);
    expect(isNotificationSigned(itn.received, itn.signature, passphrase)).toBe(
      expected.reason !== "signature_mismatch",
    );
  });

  it("comes to the expected verdict", async () => {
    const verdict = await provider(validatePage(VALID).fetch).readCallback(callback(inputs.raw_body));

    if (expected.reason === "signature_mismatch") {
      expect(verdict).toEqual({ reason: "signature_mismatch" });
      return;
    }
    if (!("report" in verdict)) expect.fail(JSON.stringify(verdict));
    const { report } = verdict;
    expect(report.reference).toBe(inputs.expected_reference);
    // Whether the amount is the contribution's is the board's to judge; here it only has to be read rightly.
    expect(report.amount === inputs.expected_amount_cents).toBe(expected.reason !== "amount_mismatch");
    if (expected.mapped_status) expect(report.status).toBe(expected.mapped_status);
  });

  it("confirms only what is rightly signed", async () => {
    const page = validatePage(VALID);

    await provider(page.fetch).readCallback(callback(inputs.raw_body));

    expect(page.requests.length).toBe(expected.reason === "signature_mismatch" ? 0 : 1);
  });
});

describe.each(apiCalls)("$id: $note", ({ inputs, expected }) => {
  const fields = [inputs.headers, inputs.query, inputs.body].flatMap((part) => Object.entries(part));

  it("signs the call as PayFast does", () => {
    expect(apiParameters(fields, inputs.passphrase)).toBe(expected.signed_string);
    expect(apiSignature(fields, inputs.passphrase)).toBe(expected.signature);
  });
});

it("reads the underpaid notification of PF-09 as R2.50", async () => {
  const underpaid = notifications.find(({ id }) => id === "PF-09");
  const provider = payfast(SETTINGS, validatePage(VALID));

  const verdict = await provider.readCallback(callback(underpaid?.inputs.raw_body ?? ""));

  expect(verdict).toMatchObject({ report: { status: "completed", amount: cents(250) } });
});
