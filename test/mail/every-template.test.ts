import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { HELP_ADDRESS } from "#domain/addresses";
import { cents } from "#domain/money";
import { composeAdminMail, composeMail, composePartnerMail, composePayeeMail } from "#mail/compose";
import type { MailContent } from "#mail/content";
import type { BoardFacts, PayoutFacts } from "#mail/facts";
import { HOST_MAIL_KINDS } from "#mail/kinds";
import { renderMail } from "#mail/render";
import { confirmNewEmail, emailChanged, newEmailTaken } from "#mail/templates/email-change";
import { magicLink } from "#mail/templates/magic-link";
import { secondParentInvited } from "#mail/templates/second-parent-invited";
import { everyRow } from "../support/every-row.ts";

const ORIGIN = "https://chipin.example";
const boardId = "db_01k9v2m3q4e8xavkz6m1t7h5ws";
const payout = (type: PayoutFacts["type"]): PayoutFacts => ({
  id: "01890000-0000-7000-8000-000000000001",
  type,
  status: "completed",
  gross: cents(249_900),
  net: cents(249_900),
  externalRef: null,
});

/** What people typed, and others sent. `guest` is also the name of a host; `words` is every other text. */
type Typed = Readonly<{ child: string; guest: string; words: string }>;
const PLAIN: Typed = { child: "Maya", guest: "Sarah Mokoena", words: "Red bicycle" };

/** The mails of every template, by the name of its file. */
function mailsOf({ child, guest, words }: Typed): Record<string, readonly MailContent[]> {
  const board: BoardFacts = {
    status: "active",
    url: `${ORIGIN}/maya-birthday-8k3m9q2rtw`,
    manageUrl: `${ORIGIN}/dashboard/${boardId}`,
    childName: child,
    partnerName: words,
    goal: cents(249_900),
    payable: cents(194_050),
    deadline: new Date("2027-03-14T21:59:59Z"),
    gift: {
      type: "takealot_product",
      productUrl: "https://www.takealot.com/x/PLID1",
      productName: words,
      productImage: "https://media.takealot.com/x.jpg",
      productPrice: 249_900,
    },
    overflowGift: { causeId: "greenpop", causeName: words, impactDescription: words },
  };
  const given = { name: guest, message: words, amount: cents(20_000), fee: cents(600) };
  const payouts = [payout("takealot_gift_card"), payout("karri_card_topup"), payout("philanthropy_donation")];
  const toHosts = HOST_MAIL_KINDS.map((kind) => [
    kind.replaceAll("_", "-"),
    [[given], [given, given]].map((contributions) => composeMail(kind, { board, contributions, payouts })),
  ]);
  const money = { provider: "payfast", providerPaymentId: words, reference: words, amount: cents(20_000) } as const;
  const waiting = { payoutId: "po_1", type: "takealot_gift_card", amount: cents(1_000), attempt: 1 } as const;
  const endpoint = {
    endpointId: "wh_1",
    url: "https://hooks.shop.example/chipin",
    partnerName: words,
    hasContact: true,
    api: "https://api.chipin.example",
    lastFailureCode: 503,
  };
  const failingSince = new Date("2027-03-01T10:00:00Z");
  const url = `${ORIGIN}/a-link`;
  return {
    ...Object.fromEntries(toHosts),
    "payout-sent": payouts.map((one) => composePayeeMail(board, { ...one, externalRef: words, giftCard: null })),
    "board-reported": [composeAdminMail({ about: "reports", boardId, reasons: ["child", "fake"] })],
    "money-needs-a-person": [
      composeAdminMail({
        about: "board",
        boardId,
        refunds: [{ ...money, status: "needs_manual_action", reason: words }],
        flags: [{ flag: words, providerPaymentId: words, received: null }],
        losses: [money],
      }),
    ],
    "payout-failed": [composeAdminMail({ about: "failed_payout", boardId, payout: waiting, errorCode: words })],
    "payouts-waiting": [
      composeAdminMail({
        about: "waiting_payouts",
        boardId,
        payouts: [{ ...waiting, status: "pending" }],
        holds: [{ reason: "new_host", providerPaymentId: words }],
      }),
    ],
    "settlement-difference": [
      composeAdminMail({
        about: "settlement",
        provider: "payfast",
        day: "2027-03-01",
        differences: [
          { kind: "missing_here", providerPaymentId: words, reference: words, ours: null, theirs: cents(1) },
        ],
      }),
    ],
    "endpoint-failing": [composePartnerMail({ ...endpoint, about: "failing_endpoint", failingSince })],
    "endpoint-disabled": [
      composePartnerMail({
        ...endpoint,
        about: "disabled_endpoint",
        disabledAt: new Date("2027-03-06T10:00:00Z"),
        reason: "failing",
        failingSince,
      }),
    ],
    "magic-link": [magicLink({ url })],
    "second-parent-invited": [
      secondParentInvited({ host: { name: guest, email: "host@example.org" }, childName: child, url, days: 7 }),
    ],
    "email-change": [confirmNewEmail({ url }), newEmailTaken({ url }), emailChanged()],
  };
}

/** Every mail with this input, each under the name of its template. */
function rendered(typed: Partial<Typed> = {}) {
  return Object.entries(mailsOf({ ...PLAIN, ...typed })).flatMap(([template, contents]) =>
    contents.map((content) => ({ template, ...renderMail(content) })),
  );
}

const hrefsOf = (html: string) => [...html.matchAll(/href="([^"]*)"/g)].map(([, href = ""]) => href);

describe("every template of a mail", () => {
  it("is in this table", () => {
    const files = readdirSync("src/mail/templates").map((file) => file.replace(/\.ts$/, ""));

    expect(Object.keys(mailsOf(PLAIN)).sort()).toEqual(files.filter((file) => !file.endsWith("words")).sort());
  });

  it("has a text part, says in the list of mails how it begins, and whom to ask", async () => {
    await everyRow(rendered(), ({ html, text }) => {
      const [, preheader = ""] = /<div style="display:none[^>]*>([^<]*)<\/div>/.exec(html) ?? [];
      expect(preheader.length).toBeGreaterThan(10);
      for (const part of [html, text]) expect(part).toContain(`Need help? Write to ${HELP_ADDRESS}.`);
      for (const href of hrefsOf(html))
        expect(text).toContain(href.startsWith("https://wa.me/") ? "https://wa.me/" : href);
    });
  });

  it("has a subject on one line, with no family name of a guest or host", async () => {
    await everyRow(rendered(), ({ subject }) => expect(subject).not.toMatch(/Mokoena|[\p{Cc}\u2028\u2029]/u));
  });

  it("turns what people typed, and others sent, into neither markup nor a header", async () => {
    const hostile = `<script>alert(1)</script>"'&\r\nBcc: all@example.com\u2028\u202e<img src=x onerror=alert(2)>`;
    await everyRow(rendered({ child: hostile, guest: hostile, words: hostile }), ({ subject, html, text }) => {
      expect(html).not.toMatch(/<script|<img/i);
      expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066\u2067]/u);
      expect(text).not.toMatch(/^Bcc:/m);
      expect(text + html).not.toContain("\u202e");
    });
  });

  it("keeps a name that is written from right to left from changing places with what is around it", async () => {
    const name = "سارة";
    await everyRow(rendered({ child: name, guest: name }), ({ subject, text }) => {
      const alone = new RegExp(`(?<!\u2068)${name}`);
      expect(subject).not.toMatch(alone);
      expect(text).not.toMatch(alone);
    });
  });

  it("makes no link of what people typed", async () => {
    const link = "Go to https://evil.example/login or www.evil.example";
    await everyRow(rendered({ child: link, guest: link, words: link }), ({ subject, html, text }) => {
      expect(hrefsOf(html).filter((href) => /^https?:\/\/[^/]*evil/.test(href))).toEqual([]);
      for (const part of [subject, text, html]) expect(part).not.toMatch(/:\/\/evil|www\.evil|evil\.example/);
    });
  });
});
