import { describe, expect, it } from "vitest";
import { recipientsOf } from "#mail/recipients";

const addresses = { host: "host@example.org", payoutEmail: "family@example.org" };
const settings = { ADMIN_EMAIL_ALLOWLIST: "one@example.org, two@example.org,," };

describe("recipientsOf", () => {
  it.each([
    { recipient: "host" as const, to: ["host@example.org"] },
    { recipient: "payout_email" as const, to: ["family@example.org"] },
    { recipient: "admins" as const, to: ["one@example.org", "two@example.org"] },
  ])("knows who $recipient is", ({ recipient, to }) => {
    expect(recipientsOf({ recipient }, addresses, settings)).toEqual(to);
  });

  it.each(["", "anonymized@chipin.co.za", "nobody"])("finds nobody behind %j", (forgotten) => {
    expect(recipientsOf({ recipient: "host" }, { ...addresses, host: forgotten }, settings)).toEqual([]);
  });

  it("finds nobody when no admin is named", () => {
    expect(recipientsOf({ recipient: "admins" }, addresses, { ADMIN_EMAIL_ALLOWLIST: "" })).toEqual([]);
  });
});
