import { expect, it } from "vitest";
import { recipientsOf } from "#mail/recipients";

const addresses = {
  host: "host@example.org",
  secondParent: { hostId: "h2", email: "second@example.org" },
  payoutEmail: "family@example.org",
};
const dedupeKey = "b/board_closed/second_parent/h2";
const settings = { ADMIN_EMAIL_ALLOWLIST: "one@example.org, two@example.org,," };

it("recipientsOf returns the host, the payout address, every configured admin, or the partner's contact and without one the admins", () => {
  expect(recipientsOf({ recipient: "host", dedupeKey }, addresses, settings)).toEqual(["host@example.org"]);
  expect(recipientsOf({ recipient: "second_parent", dedupeKey }, addresses, settings)).toEqual(["second@example.org"]);
  expect(recipientsOf({ recipient: "payout_email", dedupeKey }, addresses, settings)).toEqual(["family@example.org"]);
  expect(recipientsOf({ recipient: "admins", dedupeKey }, addresses, settings)).toEqual([
    "one@example.org",
    "two@example.org",
  ]);
  expect(recipientsOf({ recipient: "partner", dedupeKey }, null, settings, "dev@example.org")).toEqual([
    "dev@example.org",
  ]);
  expect(recipientsOf({ recipient: "partner", dedupeKey }, null, settings)).toEqual([
    "one@example.org",
    "two@example.org",
  ]);
});

it("recipientsOf returns no address for an anonymised host, an invalid address, no board and no admin", () => {
  for (const host of ["", "anonymized@chipin.co.za", "not an address"]) {
    expect(recipientsOf({ recipient: "host", dedupeKey }, { ...addresses, host }, settings)).toEqual([]);
  }
  expect(recipientsOf({ recipient: "host", dedupeKey }, null, settings)).toEqual([]);
  expect(recipientsOf({ recipient: "payout_email", dedupeKey }, null, settings)).toEqual([]);
  expect(recipientsOf({ recipient: "admins", dedupeKey }, addresses, { ADMIN_EMAIL_ALLOWLIST: "" })).toEqual([]);
});
