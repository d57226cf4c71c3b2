import { describe, expect, it } from "vitest";
import { type ContributionForm, readContributionForm, submissionDigest } from "#checkout/contribution-form";
import type { ProviderOption } from "#checkout/provider-options";
import { cents } from "#domain/money";

const LIMITS = { minimum: cents(500), maximum: cents(1_000_000) };
const OPTIONS: readonly ProviderOption[] = [
  { name: "payfast", limits: LIMITS },
  { name: "ozow", limits: { minimum: cents(5_000), maximum: cents(300_000) } },
];
const POSTED = {
  amount: "200",
  name: " Thandi   Mokoena ",
  message: "Happy birthday!",
  provider: "payfast",
  submission: "0b8f6f0e-1111-4222-8333-444455556666",
};
const read = (changes: Record<string, unknown> = {}) => readContributionForm({ ...POSTED, ...changes }, OPTIONS);

describe("readContributionForm", () => {
  it("a valid form is read into a contribution", () => {
    expect(read()).toMatchObject({
      ok: true,
      contribution: {
        charge: 20_000,
        provider: "payfast",
        name: "Thandi Mokoena",
        message: "Happy birthday!",
        submission: POSTED.submission,
      },
    });
  });

  it.each([
    { amount: "20", cover_fee: undefined, charge: 2_000 },
    { amount: "R 1 250", cover_fee: undefined, charge: 125_000 },
    { amount: "10,000", cover_fee: undefined, charge: 1_000_000 },
    { amount: "150.5", cover_fee: undefined, charge: 15_050 },
    { amount: "200", cover_fee: "1", charge: 20_619 },
    { amount: "50", cover_fee: "1", charge: 5_300 },
    { amount: "9700", cover_fee: "1", charge: 1_000_000 },
  ])("an amount of $amount with cover_fee = $cover_fee is charged as $charge cents", ({ charge, ...fields }) => {
    expect(read(fields)).toMatchObject({ ok: true, contribution: { charge } });
  });

  it.each([
    { why: "no amount", fields: { amount: "" }, field: "amount", error: { kind: "not_an_amount" } },
    {
      why: "an amount that is not a number",
      fields: { amount: "lots" },
      field: "amount",
      error: { kind: "not_an_amount" },
    },
    { why: "a dot between thousands", fields: { amount: "1.250" }, field: "amount", error: { kind: "not_an_amount" } },
    { why: "a negative amount", fields: { amount: "-200" }, field: "amount", error: { kind: "not_an_amount" } },
    {
      why: "an amount one cent too small",
      fields: { amount: "19.99" },
      field: "amount",
      error: { kind: "too_small", minimum: 2_000 },
    },
    {
      why: "an amount one cent too large",
      fields: { amount: "10000.01" },
      field: "amount",
      error: { kind: "too_large", maximum: 1_000_000 },
    },
    {
      why: "an amount too large to cover the fee",
      fields: { amount: "9700.01", cover_fee: "1" },
      field: "amount",
      error: { kind: "too_large_with_fee", maximum: 970_000 },
    },
    {
      why: "an amount below the provider's minimum",
      fields: { amount: "30", provider: "ozow" },
      field: "amount",
      error: { kind: "too_small_for_way", way: "ozow", minimum: 5_000 },
    },
    {
      why: "an amount above the provider's maximum",
      fields: { amount: "3000.01", provider: "ozow" },
      field: "amount",
      error: { kind: "too_large_for_way", way: "ozow", maximum: 300_000 },
    },
    {
      why: "a fee that exceeds the provider's limit",
      fields: { amount: "3000", provider: "ozow", cover_fee: "1" },
      field: "amount",
      error: { kind: "too_large_for_way", way: "ozow", maximum: 300_000 },
    },
    {
      why: "a name that is too long",
      fields: { name: "n".repeat(101) },
      field: "name",
      error: { kind: "name_too_long", limit: 100 },
    },
    {
      why: "a message that is too long",
      fields: { message: "m".repeat(281) },
      field: "message",
      error: { kind: "message_too_long", limit: 280, length: 281 },
    },
    {
      why: "a provider that is not offered",
      fields: { provider: "snapscan" },
      field: "provider",
      error: { kind: "no_way" },
    },
    { why: "no provider", fields: { provider: undefined }, field: "provider", error: { kind: "no_way" } },
    { why: "no submission", fields: { submission: undefined }, field: "submission", error: { kind: "form_too_old" } },
    {
      why: "an oversized submission",
      fields: { submission: "a".repeat(65) },
      field: "submission",
      error: { kind: "form_too_old" },
    },
    {
      why: "a file as amount",
      fields: { amount: new Blob(["200"]) },
      field: "amount",
      error: { kind: "not_an_amount" },
    },
  ])("a form with $why is refused with one error and keeps every typed field", ({ fields, field, error }) => {
    const reading = read(fields);

    expect(reading.ok).toBe(false);
    if (reading.ok) return;
    expect(reading.errors).toEqual({ [field]: error });
    const { cover_fee, ...posted }: Record<string, unknown> = { ...POSTED, ...fields };
    // A missing field and a file count as empty.
    const typed = Object.entries(posted).map(([name, value]) => [name, typeof value === "string" ? value : ""]);
    expect(reading.typed).toEqual({ ...Object.fromEntries(typed), coverFee: cover_fee === "1" });
  });

  it("an empty form is refused with all its errors at once", () => {
    const reading = readContributionForm({}, OPTIONS);

    expect(reading.ok ? [] : Object.keys(reading.errors)).toEqual(["amount", "provider", "submission"]);
  });

  it.each([
    { what: "no text", typed: "", stored: null },
    { what: "only spaces", typed: " \t ", stored: null },
    { what: "only control characters", typed: "\u0000\u0007", stored: null },
    { what: "control and direction characters", typed: "Tha\u0000ndi\u202e", stored: "Thandi" },
    { what: "a line break", typed: "Anne\r\nMarie", stored: "Anne Marie" },
    { what: "emoji and several scripts", typed: "👩‍👩‍👧 Ṣọlá محمد", stored: "👩‍👩‍👧 Ṣọlá محمد" },
    { what: "100 emoji", typed: "🎈".repeat(100), stored: "🎈".repeat(100) },
  ])("a name with $what is stored as $stored", ({ typed, stored }) => {
    expect(read({ name: typed })).toMatchObject({ ok: true, contribution: { name: stored } });
  });

  it("a message keeps its lines and a line break counts as one character", () => {
    const lines = Array.from({ length: 140 }, () => "x").join("\r\n");

    expect(read({ message: `${lines}\r\n` })).toMatchObject({
      contribution: { message: lines.replaceAll("\r\n", "\n") },
    });
  });
});

describe("submissionDigest", () => {
  const form: ContributionForm = {
    charge: cents(20_000),
    provider: "payfast",
    name: "Thandi",
    message: null,
    submission: POSTED.submission,
  };

  it("equal forms have the same digest", () => {
    expect(submissionDigest({ ...form })).toBe(submissionDigest(form));
    expect(submissionDigest(form)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<Partial<ContributionForm>>([
    { charge: cents(20_001) },
    { provider: "ozow" },
    { name: null },
    { message: "Thandi", name: null },
    { submission: "another-submission-token" },
  ])("a form changed by %o has another digest", (change) => {
    expect(submissionDigest({ ...form, ...change })).not.toBe(submissionDigest(form));
  });
});
