import { expect, it } from "vitest";
import { recipientsOf } from "#mail/recipients";

const addresses = { host: "host@example.org", payoutEmail: "family@example.org" };
const settings = { ADMIN_EMAIL_ALLOWLIST: "one@example.org, two@example.org,," };

it("recipientsOf returns the host, the payout address, every configured admin, or the partner's contact and without one the admins", () => {
  expect(recipientsOf({ recipient: "host" }, addresses, settings)).toEqual(["host@example.org"]);
  expect(recipientsOf({ recipient: "payout_email" }, addresses, settings)).toEqual(["family@example.org"]);
  expect(recipientsOf({ recipient: "admins" }, addresses, settings)).toEqual(["one@example.org", "two@example.org"]);
  expect(recipientsOf({ recipient: "partner" }, null, settings, "dev@example.org")).toEqual(["dev@example.org"]);
  expect(recipientsOf({ recipient: "partner" }, null, settings)).toEqual(["one@example.org", "two@example.org"]);
});

it("recipientsOf returns no address for an anonymised host, an invalid address, no board and no admin", () => {
  for (const host of ["", "anonymized@chipin.co.za", "not an address"]) {
    expect(recipientsOf({ recipient: "host" }, { ...addresses, host }, settings)).toEqual([]);
  }
  expect(recipientsOf({ recipient: "host" }, null, settings)).toEqual([]);
  expect(recipientsOf({ recipient: "payout_email" }, null, settings)).toEqual([]);
  expect(recipientsOf({ recipient: "admins" }, addresses, { ADMIN_EMAIL_ALLOWLIST: "" })).toEqual([]);
});
