import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import type { AdminFacts, SettlementFacts, WaitingMoney } from "#mail/admin-facts";
import { composeAdminMail, composeMail } from "#mail/compose";
import type { BoardFacts, MailFacts } from "#mail/facts";
import { HOST_MAIL_KINDS, type HostMailKind } from "#mail/kinds";
import { renderMail } from "#mail/render";

const board: BoardFacts = {
  status: "active",
  url: "https://chipin.example/maya-birthday-8k3m9q2rtw",
  childName: "Maya",
  goal: cents(249_900),
  payable: cents(194_050),
  deadline: new Date("2027-03-14T21:59:59Z"),
  gift: {
    type: "takealot_product",
    productUrl: "https://www.takealot.com/x/PLID1",
    productName: "Red bicycle",
    productImage: "https://media.takealot.com/x.jpg",
    productPrice: 249_900,
  },
  overflowGift: { causeId: "greenpop", causeName: "Plant Trees", impactDescription: "Plant 3 trees" },
};

const sarah = { name: "Sarah Mokoena", message: "Happy birthday!\nLove, S.", amount: cents(20_000), fee: cents(600) };

function mail(kind: HostMailKind, facts: { board?: Partial<BoardFacts> } & Partial<Omit<MailFacts, "board">> = {}) {
  return renderMail(
    composeMail(kind, { contributions: [sarah], payouts: [], ...facts, board: { ...board, ...facts.board } }),
  );
}

describe("composeMail", () => {
  it("the mail about a new board holds its address, gift and deadline", () => {
    const { subject, text, html } = mail("board_live");

    expect(subject).toBe("Maya's dream board is live");
    expect(text).toContain("https://chipin.example/maya-birthday-8k3m9q2rtw");
    expect(text).toContain("Red bicycle");
    expect(text).toContain("Sunday 14 March 2027, 23:59 (South African time)");
    expect(html).toContain('href="https://chipin.example/maya-birthday-8k3m9q2rtw"');
  });

  it("the mail about a contribution holds name, amount, fee, message and the pot", () => {
    const { subject, text, html } = mail("contribution_received");

    expect(subject).toBe("Sarah Mokoena chipped in R200 for Maya");
    expect(text).toContain("R194 goes into the pot after the ChipIn fee of R6.");
    expect(text).toContain("> Happy birthday!\n> Love, S.");
    expect(html).toContain("Happy birthday!<br>Love, S.");
    expect(text).toContain("The pot now holds R1,940.50 of the R2,499 you hope for.");
  });

  it("a guest without a name is called an anonymous guest", () => {
    for (const name of [null, "", "   "]) {
      const { subject } = mail("contribution_received", { contributions: [{ ...sarah, name, message: null }] });
      expect(subject).toBe("An anonymous guest chipped in R200 for Maya");
    }
  });

  it("a digest names the first twenty contributions and counts the others", () => {
    const contributions = Array.from({ length: 23 }, (_, index) => ({ ...sarah, name: `Guest ${index + 1}` }));

    const { subject, text } = mail("contribution_received", { contributions });

    expect(subject).toBe("23 new contributions for Maya");
    expect(text).toContain("R4,600 in all");
    expect(text).toContain("- Guest 1: R200");
    expect(text).toContain("- Guest 20: R200\n- and 3 more");
    expect(text).not.toContain("Guest 21");
  });

  it("the mail about a board that closes soon holds its deadline, its pot and its address", () => {
    const { subject, text } = mail("closing_tomorrow");

    expect(subject).toBe("Maya's dream board closes soon");
    expect(text).toContain("It is open until Sunday 14 March 2027, 23:59 (South African time).");
    expect(text).toContain("The pot now holds R1,940.50 of the R2,499 you hope for.");
    expect(text).toContain("Send them this link:\n\nhttps://chipin.example/maya-birthday-8k3m9q2rtw");
    expect(mail("closing_tomorrow", { board: { payable: cents(0) } }).text).toContain("Nobody has chipped in yet.");
  });

  it("the mail about a reached goal names the cause that follows", () => {
    const { subject, text } = mail("goal_reached", { board: { payable: cents(250_000) } });

    expect(subject).toBe("Maya's gift is fully funded");
    expect(text).toContain("all of the R2,499 for Red bicycle");
    expect(text).toContain("Plant Trees: Plant 3 trees");
  });

  it("the mail about a reached goal of a philanthropy board names no other cause", () => {
    const gift = {
      type: "philanthropy" as const,
      causeId: "food-forward",
      causeName: "Feed Hungry Children",
      causeDescription: "",
      causeImage: "",
      impactDescription: "Feed 5 children",
    };

    const { text } = mail("goal_reached", { board: { gift, overflowGift: null } });

    expect(text).toContain("for Feed Hungry Children");
    expect(text).toContain("the same good cause");
  });

  it.each([
    { type: "takealot_gift_card" as const, says: "A Takealot gift card of R2,499 goes to the payout e-mail address" },
    { type: "karri_card_topup" as const, says: "R2,499 is loaded onto the Karri card" },
  ])("the mail about a closed board holds the sum of its payouts and the next step of a $type", ({ type, says }) => {
    const payouts = [
      { type, gross: cents(249_900), net: cents(249_900) },
      { type: "philanthropy_donation" as const, gross: cents(10_150), net: cents(10_150) },
    ];

    const { subject, text } = mail("board_closed", { payouts, board: { payable: cents(260_050) } });

    expect(subject).toBe("Maya's dream board has closed");
    expect(text).toContain("raised R2,600.50 for Maya");
    expect(text).toContain(`- ${says}`);
    expect(text).toContain("- R101.50 is donated to Plant Trees.");
  });

  it("the mail about a closed board without payouts promises none", () => {
    const { text } = mail("board_closed", { payouts: [], board: { payable: cents(0) } });

    expect(text).toContain("nothing to pay out");
    expect(text).not.toContain("What happens next");
  });

  it("the mail about an expired board states that there is nothing to pay out, and contains no amount", () => {
    const { subject, text } = mail("board_expired", { board: { payable: cents(0) } });

    expect(subject).toBe("Maya's dream board has come to its end");
    expect(text).toContain("nothing to pay out");
    expect(text).not.toMatch(/R\d|0 %/);
  });
});

describe("the mail about a cancelled board", () => {
  it("the mail about a cancelled board states that all guests get a full refund, and contains no amount", () => {
    const { subject, text } = mail("board_cancelled");

    expect(subject).toBe("Maya's dream board was cancelled");
    expect(text).toContain("Everybody who chipped in gets the whole amount back, the ChipIn fee too");
    expect(text).toContain("https://chipin.example/maya-birthday-8k3m9q2rtw");
    expect(text).toContain("because you host a dream board");
    expect(text).not.toMatch(/R\d|Sarah/);
  });
});

const refund: WaitingMoney["refunds"][number] = {
  provider: "payfast",
  providerPaymentId: "1089250",
  reference: "8k3m9q2rtw4e8xavkz6m",
  amount: cents(20_000),
  status: "needs_manual_action",
  reason: "EFT",
};
const waiting: WaitingMoney = {
  about: "board",
  boardId: "db_01k9v2m3q4e8xavkz6m1t7h5ws",
  refunds: [refund, { ...refund, status: "failed", reason: null }],
  flags: [
    { flag: "amount_mismatch", providerPaymentId: "1089251", received: cents(19_999) },
    { flag: "new_host", providerPaymentId: null, received: null },
    { flag: "invented_tomorrow", providerPaymentId: null, received: null },
  ],
};
const differing: SettlementFacts = {
  about: "settlement",
  provider: "payfast",
  day: "2026-11-24",
  differences: [
    { kind: "missing_at_provider", providerPaymentId: "1", reference: "ref-1", ours: cents(20_000), theirs: null },
    { kind: "missing_here", providerPaymentId: "2", reference: null, ours: null, theirs: cents(5_050) },
    { kind: "amount_differs", providerPaymentId: "3", reference: "ref-3", ours: cents(20_000), theirs: cents(19_999) },
  ],
};

describe("composeAdminMail", () => {
  it("the mail to admins about a board lists its refunds and flags with what is needed to act", () => {
    const { subject, text } = renderMail(composeAdminMail(waiting));

    expect(subject).toBe("ChipIn: 5 things wait for you on board db_01k9v2m3q4e8xavkz6m1t7h5ws");
    expect(text).toContain(
      "- R200 at payfast, payment 1089250, reference 8k3m9q2rtw4e8xavkz6m: to be made by hand (EFT)",
    );
    expect(text).toContain("- R200 at payfast, payment 1089250, reference 8k3m9q2rtw4e8xavkz6m: failed\n");
    expect(text).toMatch(/- amount_mismatch: .+\. Payment 1089251 of R199\.99/);
    expect(text).toMatch(/- new_host: more than R10,000 .+\.\n/);
    expect(text).toContain("- invented_tomorrow: look at it.");
    expect(text).toContain("docs/operate.md");
  });

  it.each([
    [
      { ...waiting, flags: [], refunds: [refund] },
      "One thing waits for you",
      "Refunds to make by hand",
      "Flags that hold",
    ],
    [
      { ...waiting, refunds: [], flags: waiting.flags.slice(0, 1) },
      "One thing waits for you",
      "Flags",
      "Refunds to make",
    ],
  ])(
    "the mail to admins about one thing counts one and leaves out the empty list",
    (facts, heading, listed, leftOut) => {
      const { text } = renderMail(composeAdminMail(facts as AdminFacts));

      expect(text).toContain(heading);
      expect(text).toContain(listed);
      expect(text).not.toContain(leftOut);
    },
  );

  it("the mail to admins about a settlement holds both amounts of each payment", () => {
    const { subject, text } = renderMail(composeAdminMail(differing));

    expect(subject).toBe("ChipIn: payfast and we differ about 3 payments of 2026-11-24");
    expect(text).toContain("- payment 1, reference ref-1: we have R200, their list does not have it");
    expect(text).toContain("- payment 2: they have R50.50, we were never told of it");
    expect(text).toContain("- payment 3, reference ref-3: we have R200, they have R199.99");
    const single = { ...differing, differences: differing.differences.slice(0, 1) };
    expect(renderMail(composeAdminMail(single)).subject).toContain("about one payment of");
  });

  it.each([waiting, differing])("the footer of a mail to admins about a $about names the list of admins", (facts) => {
    for (const { html, text } of [renderMail(composeAdminMail(facts))]) {
      for (const version of [html.replaceAll("&#39;", "'"), text]) {
        expect(version).toContain("because your address is on ChipIn's list of admins");
        expect(version).not.toContain("host a dream board");
      }
    }
  });

  it.each([
    { ...waiting, refunds: [{ ...refund, reason: "<script>alert(1)</script>\r\nBcc: x@example.com" }] },
    { ...differing, differences: [{ ...differing.differences[0]!, reference: "<script>\r\nBcc: x@example.com" }] },
  ])("text of a provider becomes neither markup nor a header in a mail to admins about a $about", (facts) => {
    const { subject, html, text } = renderMail(composeAdminMail(facts as AdminFacts));

    expect(html).not.toContain("<script");
    expect(text.split("\n").some((line) => line.startsWith("Bcc:"))).toBe(false);
    expect(subject).not.toMatch(/\p{Cc}/u);
  });
});

const hostile = `<script>alert(1)</script>"'&\r\nBcc: everyone@example.com\u2028\u202e<img src=x onerror=alert(2)>`;

describe("renderMail", () => {
  it("text that people typed becomes neither markup nor a header in any mail to a host", () => {
    for (const kind of HOST_MAIL_KINDS) {
      const { subject, html, text } = mail(kind, {
        board: {
          childName: hostile,
          gift: { ...board.gift, productName: hostile } as BoardFacts["gift"],
          overflowGift: { causeId: "x", causeName: hostile, impactDescription: hostile },
        },
        contributions: [{ ...sarah, name: hostile, message: hostile }],
        payouts: [{ type: "philanthropy_donation", gross: cents(2_000), net: cents(2_000) }],
      });

      expect(subject, kind).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      expect(subject.length, kind).toBeLessThanOrEqual(150);
      expect(html, kind).not.toMatch(/<script|<img/i);
      expect(html, kind).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;");
      expect(
        text.split("\n").some((line) => line.startsWith("Bcc:")),
        kind,
      ).toBe(false);
      expect(text + html, kind).not.toContain("\u202e");
    }
  });

  it("every mail to a host has the same content in plain text and HTML, and loads nothing", () => {
    for (const kind of HOST_MAIL_KINDS) {
      const { html, text } = mail(kind);

      const words = html
        .replace(/[\s\S]*<body/, "<body")
        .replace(/<[^>]+>/g, " ")
        .replaceAll("&#39;", "'");
      for (const line of text.split("\n").map((written) => written.replace(/^(> |- |--$)|:$/g, ""))) {
        if (!line.startsWith("http")) expect(words.replace(/\s+/g, " "), kind).toContain(line.trim());
      }
      expect(html, kind).not.toMatch(/\bsrc=|url\(|<link|<style/i);
    }
  });

  it("a long subject is cut without splitting a character", () => {
    const { subject } = renderMail({ subject: `${"x".repeat(149)}🎂`, heading: "", blocks: [] });

    expect(subject.isWellFormed()).toBe(true);
    expect(subject).toHaveLength(150);
  });
});
