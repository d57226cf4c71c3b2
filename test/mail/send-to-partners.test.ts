import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keyHolderOf } from "#accounts/sandboxes";
import { endpointStates, partnerContacts } from "#database/endpoint-tables";
import { partners } from "#database/schema";
import { publicId } from "#domain/ids";
import { keyringOf } from "#privacy/encryption";
import { sealText } from "#privacy/sealed";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aDelivery, testServices } from "../webhooks/support.ts";
import { aMail, mailRow, provider, sendMail } from "./support.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const SETTINGS = {
  ADMIN_EMAIL_ALLOWLIST: "one@example.org, two@example.org",
  API_ORIGIN: "https://api.chipin.example",
};
const CONTACT = "dev@toytown.example";
const SINCE = new Date("2026-11-20T08:15:00Z");
const DISABLED = new Date("2026-11-25T08:20:00Z");

type State = Partial<typeof endpointStates.$inferInsert>;

/** An endpoint that stands so, and a mail about it. */
async function aMailAbout(kind: string, state: State, { contact = true, sandbox = false } = {}) {
  const { services, clock, logged } = testServices(database, SETTINGS);
  const { endpointId, partnerId } = await aDelivery(database, services);
  const holder = sandbox ? await keyHolderOf(database.db, partnerId, "test") : null;
  const inSandbox = holder ? await aDelivery(database, services, { partnerOf: { partnerId: holder.id } }) : null;
  const id = inSandbox?.endpointId ?? endpointId;
  const row = { webhookEndpointId: id, state: "active", reason: "registered", since: SINCE } as const;
  await database.db.insert(endpointStates).values({ ...row, ...state });
  const email = await sealText(keyringOf(services.settings), CONTACT);
  if (contact) await database.db.insert(partnerContacts).values({ partnerId, email, updatedAt: clock.now });
  const about = { kind, webhookEndpointId: id, recipient: "partner" as const, nextAttemptAt: clock.now };
  const [partner] = await database.db
    .select()
    .from(partners)
    .where(eq(partners.id, holder?.id ?? partnerId));
  return {
    services,
    logged,
    mailId: await aMail(database, null, about),
    endpointId: publicId("webhookEndpoint", id),
    partnerName: partner?.name ?? "",
  };
}

const FAILING = { failingSince: SINCE, lastFailureCode: 503 };
const STOPPED = { ...FAILING, state: "disabled", reason: "failing", since: DISABLED } as const;

describe("mails to partners about their endpoints", () => {
  it("the warning says since when the endpoint fails, what it answered, and when it will be disabled", async () => {
    const { services, logged, mailId, endpointId, partnerName } = await aMailAbout("webhook_endpoint_failing", FAILING);
    const { posted, deps } = provider();

    expect(await sendMail(services, mailId, deps)).toEqual({ outcome: "sent" });

    expect(posted).toMatchObject([
      { to: [CONTACT], key: mailId, subject: "ChipIn: your webhook endpoint has failed for 3 days" },
    ]);
    const { text = "" } = posted[0] ?? {};
    expect(text).toContain(`The endpoint ${endpointId} is at https: //partner. example. com/hooks`);
    expect(text).toMatch(/Since Friday 20 November(?: 2026)?, 10:15 .* The last one was answered with 503\./);
    expect(text).toMatch(/we disable the endpoint on Wednesday 25 November(?: 2026)?, 10:15\./);
    expect(text).toContain(`GET https://api.chipin.example/v1/webhooks/${endpointId}\n`);
    expect(text).toContain(`POST https://api.chipin.example/v1/webhooks/${endpointId}/test\n`);
    expect(text).toContain(`because you are ChipIn's contact at ${partnerName}.`);
    expect(JSON.stringify(logged)).not.toContain("toytown");
  });

  it("the notice says when and why the endpoint was disabled, how to switch it on and how to get what it missed", async () => {
    const rows = [
      {
        state: STOPPED,
        why: /Every delivery to it had failed for 5 days, since Friday 20 November(?: 2026)?, 10:15\. The last one was answered with 503\./,
        since: SINCE,
      },
      {
        state: { ...STOPPED, lastFailureCode: null },
        why: /The last one got no answer\./,
        since: SINCE,
      },
      {
        state: { state: "disabled", reason: "gone", since: DISABLED } as const,
        why: /It answered a delivery with 410/,
        since: DISABLED,
      },
      {
        state: { state: "disabled", reason: "key_ended", since: DISABLED } as const,
        why: /The API key that it belongs to was revoked or has expired\./,
        since: DISABLED,
      },
    ];
    for (const { state, why, since } of rows) {
      const { services, mailId, endpointId } = await aMailAbout("webhook_endpoint_disabled", state);
      const { posted, deps } = provider();

      expect(await sendMail(services, mailId, deps)).toEqual({ outcome: "sent" });

      expect(posted).toMatchObject([{ to: [CONTACT], subject: "ChipIn: your webhook endpoint is disabled" }]);
      const { text = "" } = posted[0] ?? {};
      const url = `https://api.chipin.example/v1/webhooks/${endpointId}`;
      expect(text).toMatch(/We disabled it on Wednesday 25 November(?: 2026)?, 10:20/);
      expect(text).toMatch(why);
      expect(text).toContain(`PATCH ${url} with {"status": "active"}`);
      expect(text).toContain(`POST ${url}/recover with {"since": "${since.toISOString()}"}`);
    }
  });

  it("admins get the mail of a partner without a contact, and are asked to tell the partner", async () => {
    const { services, mailId, partnerName } = await aMailAbout("webhook_endpoint_disabled", STOPPED, {
      contact: false,
    });
    const { posted, deps } = provider();

    expect(await sendMail(services, mailId, deps)).toEqual({ outcome: "sent" });

    expect(posted).toMatchObject([{ to: ["one@example.org", "two@example.org"] }]);
    expect(posted[0]?.text).toContain(`${partnerName} has no contact for such e-mail.`);
    expect(posted[0]?.text).toContain("list of admins");
  });

  it("a mail about an endpoint of a sandbox goes to the contact of its partner", async () => {
    const { services, mailId } = await aMailAbout("webhook_endpoint_failing", FAILING, { sandbox: true });
    const { posted, deps } = provider();

    expect(await sendMail(services, mailId, deps)).toEqual({ outcome: "sent" });
    expect(posted).toMatchObject([{ to: [CONTACT] }]);
  });

  it("a mail is not sent once the endpoint stands otherwise", async () => {
    const rows: [kind: string, state: State][] = [
      ["webhook_endpoint_failing", { failingSince: null }],
      ["webhook_endpoint_failing", STOPPED],
      ["webhook_endpoint_failing", { ...FAILING, state: "paused", reason: "requested" }],
      ["webhook_endpoint_disabled", { reason: "resumed" }],
      ["webhook_endpoint_disabled", { ...STOPPED, state: "deleted", reason: "requested" }],
    ];
    for (const [kind, state] of rows) {
      const { services, mailId } = await aMailAbout(kind, state);
      const { posted, deps } = provider();

      expect(await sendMail(services, mailId, deps)).toEqual({ outcome: "skipped" });

      expect(posted).toEqual([]);
      expect(await mailRow(database, mailId)).toMatchObject({ lastError: "the endpoint stands otherwise by now" });
    }
  });

  it("a mail without a contact and without an admin fails with an alert", async () => {
    const { services, logged, mailId } = await aMailAbout("webhook_endpoint_disabled", STOPPED, { contact: false });
    const withoutAdmins = { ...services, settings: { ...services.settings, ADMIN_EMAIL_ALLOWLIST: "" } };
    const { posted, deps } = provider();

    expect(await sendMail(withoutAdmins, mailId, deps)).toEqual({ outcome: "failed" });

    expect(posted).toEqual([]);
    expect(logged).toContainEqual(expect.objectContaining({ event: "mail_failed", alert: true }));
  });
});
