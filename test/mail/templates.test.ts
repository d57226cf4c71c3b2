import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import type { AdminFacts, SettlementFacts, WaitingMoney } from "#mail/admin-facts";
import { composeAdminMail, composeMail, composePayeeMail } from "#mail/compose";
import type { RenderedMail } from "#mail/content";
import type { BoardFacts, MailFacts, PayoutFacts } from "#mail/facts";
import { HOST_MAIL_KINDS, type HostMailKind } from "#mail/kinds";
import type { FailedPayout, WaitingPayouts } from "#mail/payout-facts";
import { renderMail } from "#mail/render";

const board: BoardFacts = {
  status: "active",
  url: "https://chipin.example/maya-birthday-8k3m9q2rtw",
  manageUrl: "https://chipin.example/dashboard/db_01hzy3v4w5x6y7z8k3m9q2rtw0",
  childName: "Maya",
  partnerName: "Toy Town",
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

const payout = (type: PayoutFacts["type"], amount: number): PayoutFacts => ({
  id: "01890000-0000-7000-8000-000000000001",
  type,
  status: "pending",
  gross: cents(amount),
  net: cents(amount),
  externalRef: null,
});

function mail(kind: HostMailKind, facts: { board?: Partial<BoardFacts> } & Partial<Omit<MailFacts, "board">> = {}) {
  return renderMail(
    composeMail(kind, { contributions: [sarah], payouts: [], ...facts, board: { ...board, ...facts.board } }),
  );
}

describe("composeMail", () => {
  it("the mail about a new board holds its address, gift and deadline", () => {
    const { subject, text, html } = mail("board_live");

    expect(subject).toBe("Maya’s dream board is live");
    expect(text).toContain("https://chipin.example/maya-birthday-8k3m9q2rtw");
    expect(text).toContain("Red bicycle");
    expect(text).toContain("Toy Town opened it on ChipIn and named you as its host.");
    expect(text).toContain("please tell security@chipin.co.za");
    expect(text).toContain("until Sunday 14 March 2027.");
    expect(html).toContain('href="https://chipin.example/maya-birthday-8k3m9q2rtw"');
  });

  it("the mail about a board that the host made names no partner", () => {
    const { text } = mail("board_live", { board: { partnerName: null } });

    expect(text).not.toContain("opened it on ChipIn");
    expect(text).toContain("Family and friends can now chip in");
  });

  it("the mail about a contribution holds name, amount, fee, message and the pot", () => {
    const { subject, text, html } = mail("contribution_received");

    expect(subject).toBe("Sarah chipped in R200 for Maya");
    expect(text).toContain("Sarah Mokoena chipped in R200 for Maya.");
    expect(text).toContain("R194 goes to the gift after the ChipIn fee of R6.");
    expect(text).toContain("> Happy birthday!\n> Love, S.");
    expect(html).toContain("Happy birthday!<br>Love, S.");
    expect(text).toContain("R1,940.50 of R2,499 raised so far.");
  });

  it("a mail to the host leads to the page where the next step is", () => {
    const pages: Partial<Record<HostMailKind, string>> = {
      contribution_received: "/contributors",
      goal_reached: "",
      closing_tomorrow: "/settings",
      board_closed: "/payout",
    };
    for (const [kind, page] of Object.entries(pages) as [HostMailKind, string][]) {
      const { html, text } = mail(kind, { payouts: [payout("takealot_gift_card", 194_050)] });
      expect(html).toContain(`href="${board.manageUrl}${page}"`);
      expect(text).toContain(`${board.manageUrl}${page}`);
    }
  });

  it("a deadline within a day is told with its time", () => {
    const { text } = mail("closing_tomorrow", { board: { deadline: new Date("2027-03-14T16:00:00Z") } });

    expect(text).toContain("It is open until Sunday 14 March 2027, 18:00 (South African time).");
  });

  it("names that are written from right to left do not change places in a subject line", () => {
    const { subject } = mail("contribution_received", {
      board: { childName: "سارة" },
      contributions: [{ ...sarah, name: "أحمد" }],
    });

    expect(subject).toBe("\u2068أحمد\u2069 chipped in R200 for \u2068سارة\u2069");
  });

  it("a mail can be passed on: its link is a link, and WhatsApp opens with the wish", () => {
    const { html } = mail("board_live");

    expect(html).toContain(`<a href="${board.url}"`);
    const [, text = ""] = /href="https:\/\/wa\.me\/\?text=([^"]*)"/.exec(html) ?? [];
    expect(decodeURIComponent(text)).toBe(
      `Maya has one big birthday wish: Red bicycle. Let’s make it happen together! ${board.url}`,
    );
  });

  it("a guest without a name is called someone", () => {
    for (const name of [null, "", "   "]) {
      const { subject } = mail("contribution_received", { contributions: [{ ...sarah, name, message: null }] });
      expect(subject).toBe("Someone chipped in R200 for Maya");
    }
  });

  it("what is no name is someone in a subject line, whose mail has it as it was typed, but for links", () => {
    const rows = [
      ["https://evil.example/login now", "https: //evil. example/login now"],
      ["www.evil.example", "www. evil. example"],
      ["evil.example", "evil. example"],
      ["+27 82 555 0199", "+27 82 555 0199"],
      ["scam@evil.example", "scam@ evil. example"],
    ];
    const seen = rows.map(([name = ""]) => {
      const { subject, text } = mail("contribution_received", { contributions: [{ ...sarah, name }] });
      expect(subject).toBe("Someone chipped in R200 for Maya");
      return [name, /^(.*) chipped in R200 for Maya\./m.exec(text)?.[1]];
    });
    expect(seen).toEqual(rows);
  });

  it("a gift's name has no addresses of pages in a mail, and ends where it is no name any more", () => {
    const rows = [
      ["LEGO 3.0 set (50 % off)", "LEGO 3.0 set (50 % off)"],
      ["Dr.Martens boots", "Dr. Martens boots"],
      [
        "URGENT: your account is blocked, log in at https://evil.example/x",
        "URGENT: your account is blocked, log in at",
      ],
      ["Bicycle evil.example/login www.evil.example", "Bicycle"],
      ["https://evil.example", "a surprise"],
      ["b".repeat(200), `${"b".repeat(100)}…`],
    ];
    const seen = rows.map(([productName = ""]) => {
      const { text } = mail("board_live", { board: { gift: { ...board.gift, productName } as BoardFacts["gift"] } });
      return [productName, /special gift: (.*)\.$/m.exec(text)?.[1]];
    });
    expect(seen).toEqual(rows);
  });

  it("a mail about several contributions names the first twenty and holds every message", () => {
    const contributions = Array.from({ length: 23 }, (_, index) => {
      return { ...sarah, name: `Guest ${index + 1}`, message: index % 2 === 0 ? `Wish ${index + 1}` : null };
    });

    const { subject, text } = mail("contribution_received", { contributions });

    expect(subject).toBe("23 new contributions for Maya");
    expect(text).toContain("R4,600 in all");
    expect(text).toContain("Guest 1 chipped in R200.\n\n> Wish 1\n\nGuest 2 chipped in R200.\n\nGuest 3");
    expect(text).toContain("Guest 20 chipped in R200.\n\n3 more people chipped in.\n\n> Wish 21\n\n> Wish 23");
    expect(text).not.toContain("Guest 21");
  });

  it("the mail about a board that closes soon holds its deadline, its pot and its address", () => {
    const { subject, text } = mail("closing_tomorrow");

    expect(subject).toBe("Maya’s dream board closes soon");
    expect(text).toContain("It is open until Sunday 14 March 2027.");
    expect(text).toContain("R1,940.50 of R2,499 raised so far.");
    expect(text).toContain("Send them this link:\n\nhttps://chipin.example/maya-birthday-8k3m9q2rtw");
    expect(mail("closing_tomorrow", { board: { payable: cents(0) } }).text).toContain(
      "There are no contributions yet.",
    );
  });

  it("the mail about a reached goal names the cause that follows", () => {
    const { subject, text } = mail("goal_reached", { board: { payable: cents(250_000) } });

    expect(subject).toBe("Maya’s gift is fully funded");
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
    {
      type: "takealot_gift_card" as const,
      says: "A Takealot gift card of R2,499 will be e-mailed to the payout address of the board.",
    },
    { type: "karri_card_topup" as const, says: "R2,499 will be loaded onto the Karri card" },
  ])("the mail about a closed board holds the sum of its payouts and the next step of a $type", ({ type, says }) => {
    const payouts = [payout(type, 249_900), payout("philanthropy_donation", 10_150)];

    const { subject, text } = mail("board_closed", { payouts, board: { payable: cents(260_050) } });

    expect(subject).toBe("Maya’s dream board has closed");
    expect(text).toContain("raised R2,600.50 for Maya");
    expect(text).toContain(`- ${says}`);
    expect(text).toContain("- R101.50 will be donated to Plant Trees.");
    expect(text).toContain("An e-mail to the payout e-mail address of the board follows once each has been sent.");
  });

  it("the mail about a closed board leaves out a payout that refunds have emptied", () => {
    const emptied = payout("philanthropy_donation", 0);
    const { text } = mail("board_closed", { payouts: [payout("karri_card_topup", 10_000), emptied] });

    expect(text).not.toContain("donated");
    expect(text).toContain("follows once it has been sent.");
    expect(mail("board_closed", { payouts: [emptied] }).text).toContain("nothing to pay out");
  });

  it("the mail about a closed board without payouts promises none", () => {
    const { text } = mail("board_closed", { payouts: [], board: { payable: cents(0) } });

    expect(text).toContain("nothing to pay out");
    expect(text).not.toContain("What happens next");
  });

  it("the mail about an expired board states that there is nothing to pay out, and contains no amount", () => {
    const { subject, text } = mail("board_expired", { board: { payable: cents(0) } });

    expect(subject).toBe("Maya’s dream board has closed");
    expect(text).toContain("nothing to pay out");
    expect(text).not.toMatch(/R\d|0 %/);
  });
});

/** The mail about a payout of R2,499 that was paid. */
function sentMail(
  type: PayoutFacts["type"],
  giftCard: { code: string; url: string | null } | null = null,
  values: { board?: Partial<BoardFacts>; externalRef?: string } = {},
) {
  const { externalRef = "TAL-20261129" } = values;
  return renderMail(
    composePayeeMail({ ...board, ...values.board }, { ...payout(type, 249_900), externalRef, giftCard }),
  );
}
const GIFT_CARD = { code: "GIFT-1234-ABCD", url: "https://www.takealot.com/gift/x?a=1&b=2" };

describe("composePayeeMail", () => {
  it("the mail about a gift card holds its code and link, amount, gift and order number, and no code in the subject", () => {
    const { subject, text, html } = sentMail("takealot_gift_card", GIFT_CARD);

    expect(subject).toBe("A Takealot gift card of R2,499 for Maya");
    for (const part of ["R2,499", "Red bicycle", "\nGIFT-1234-ABCD\n", GIFT_CARD.url, "Order number: TAL-20261129."]) {
      expect(text).toContain(part);
    }
    expect(html).toContain(">GIFT-1234-ABCD</p>");
    expect(html).toContain('href="https://www.takealot.com/gift/x?a=1&amp;b=2"');
    expect(text).not.toContain("e-mail of its own");
    expect(text).toContain("because a dream board on ChipIn pays out to this address");
    expect(sentMail("takealot_gift_card", { ...GIFT_CARD, url: null }).text).not.toContain("Open the gift card");
  });

  it("the mail about a gift card without a code announces Takealot's own", () => {
    const { text } = sentMail("takealot_gift_card");

    expect(text).toContain("The gift card comes from Takealot in an e-mail of its own.");
    expect(text).toContain("Order number: TAL-20261129.");
    expect(text).not.toContain("code");
  });

  it("the mail about a Karri card names the amount, and the card by no number", () => {
    const { subject, text } = sentMail("karri_card_topup");

    expect(subject).toBe("R2,499 is on the Karri card for Maya");
    expect(text).toContain("R2,499 from family and friends was loaded onto the Karri card you named.");
    expect(text).not.toContain("TAL-20261129");
  });

  it("the mail about a donation names amount and cause, and promises no document", () => {
    const philanthropy = {
      type: "philanthropy" as const,
      causeId: "food-forward",
      causeName: "Feed Hungry Children",
      causeDescription: "",
      causeImage: "",
      impactDescription: "Feed 5 children",
    };
    const own = sentMail("philanthropy_donation", null, { board: { gift: philanthropy, overflowGift: null } });
    const overflow = sentMail("philanthropy_donation");

    expect(own.subject).toBe("R2,499 was donated to Feed Hungry Children for Maya");
    expect(overflow.text).toContain("Family and friends gave R2,499 to Plant Trees through Maya’s dream board.");
    for (const { text } of [own, overflow]) expect(text).not.toMatch(/receipt|certificate|18A|tax/i);
  });

  it.each(["takealot_gift_card", "karri_card_topup", "philanthropy_donation"] as const)(
    "text of others becomes neither markup nor a header in the mail about a %s, in text and HTML alike",
    (type) => {
      const { subject, html, text } = sentMail(
        type,
        { code: hostile, url: `https://x.example/${hostile}` },
        {
          externalRef: hostile,
          board: {
            childName: hostile,
            gift: { ...board.gift, productName: hostile } as BoardFacts["gift"],
            overflowGift: { causeId: "x", causeName: hostile, impactDescription: hostile },
          },
        },
      );

      expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      expect(html).not.toMatch(/<script|<img/i);
      expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;");
      expect(text.split("\n").filter((line) => line.startsWith("Bcc:"))).toEqual([]);
    },
  );

  it.each(["takealot_gift_card", "karri_card_topup", "philanthropy_donation"] as const)(
    "the mail about a %s has the same content in plain text and HTML, and loads nothing",
    (type) => expectSameContent(sentMail(type, GIFT_CARD)),
  );
});

describe("the mail about a cancelled board", () => {
  it("the mail about a cancelled board states that all guests get a full refund, and contains no amount", () => {
    const { subject, text } = mail("board_cancelled");

    expect(subject).toBe("Maya’s dream board was cancelled");
    expect(text).toContain("Everyone who chipped in will get their full amount back, including our fee");
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
  losses: [],
};
const PAYOUT_ID = "po_01k9v2m3q4e8xavkz6m1t7h5ws";
const waitingPayouts: WaitingPayouts = {
  about: "waiting_payouts",
  boardId: "db_01k9v2m3q4e8xavkz6m1t7h5ws",
  payouts: [
    { payoutId: PAYOUT_ID, type: "takealot_gift_card", amount: cents(249_900), attempt: 1, status: "pending" },
    { payoutId: PAYOUT_ID, type: "karri_card_topup", amount: cents(10_000), attempt: 3, status: "processing" },
    { payoutId: PAYOUT_ID, type: "philanthropy_donation", amount: cents(5_050), attempt: 2, status: "failed" },
  ],
  holds: [
    { reason: "new_host", providerPaymentId: null },
    { reason: "refund_reversed", providerPaymentId: "1089252" },
    { reason: "person", providerPaymentId: null },
  ],
};
const failedPayout: FailedPayout = {
  about: "failed_payout",
  boardId: "db_01k9v2m3q4e8xavkz6m1t7h5ws",
  payout: { payoutId: PAYOUT_ID, type: "karri_card_topup", amount: cents(10_000), attempt: 2 },
  errorCode: "card_blocked",
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
    expect(text).toContain("an open flag about money in the pot holds the payouts");
    expect(text).not.toContain("loss");
    expect(text).toContain("docs/operate.md");
  });

  it("the mail to admins about a board lists its losses", () => {
    const { provider, providerPaymentId, reference, amount } = refund;
    const losses = [{ provider, providerPaymentId, reference, amount }];
    const { subject, text } = renderMail(composeAdminMail({ ...waiting, refunds: [], flags: [], losses }));

    expect(subject).toBe("ChipIn: one thing waits for you on board db_01k9v2m3q4e8xavkz6m1t7h5ws");
    expect(text).toContain("it is our loss:\n\n- R200 at payfast, payment 1089250, reference 8k3m9q2rtw4e8xavkz6m\n");
  });

  it("the mail to admins about waiting payouts lists each with its amount and attempt, and what holds them", () => {
    const { subject, text } = renderMail(composeAdminMail(waitingPayouts));

    expect(subject).toBe("ChipIn: 3 payouts wait, held, on board db_01k9v2m3q4e8xavkz6m1t7h5ws");
    expect(text.split("\n").filter((line) => line.startsWith("- "))).toEqual([
      `- Takealot gift card of R2,499, payout ${PAYOUT_ID}, attempt 1: to be paid`,
      `- Karri top-up of R100, payout ${PAYOUT_ID}, attempt 3: under way for more than a day; find out whether it was paid`,
      `- donation of R50.50, payout ${PAYOUT_ID}, attempt 2: failed; remove the cause and retry it`,
      "- new_host: more than R10,000 came in for a host we have known for less than a week.",
      "- refund_reversed: the provider reports money as paid that it had sent back; find out who has it. Payment 1089252",
      "- person: an operator holds the payouts.",
    ]);
  });

  it("the mail to admins about one payout that nothing holds says of no hold", () => {
    const free = { ...waitingPayouts, payouts: waitingPayouts.payouts.slice(0, 1), holds: [] };
    const { subject, text } = renderMail(composeAdminMail(free));

    expect(subject).toBe("ChipIn: one payout waits on board db_01k9v2m3q4e8xavkz6m1t7h5ws");
    expect(text).not.toMatch(/holds|held/);
  });

  it("the mail to admins about a failed payout holds type, amount, attempt and error code", () => {
    const { subject, text } = renderMail(composeAdminMail(failedPayout));

    expect(subject).toBe("ChipIn: a payout failed on board db_01k9v2m3q4e8xavkz6m1t7h5ws");
    expect(text).toContain(`Karri top-up of R100, payout ${PAYOUT_ID}, attempt 2: card_blocked.`);
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

  it.each([waiting, differing, waitingPayouts, failedPayout])(
    "the footer of a mail to admins about a $about names the list of admins",
    (facts) => {
      for (const { html, text } of [renderMail(composeAdminMail(facts))]) {
        for (const version of [html.replaceAll("&#39;", "'"), text]) {
          expect(version).toContain("because your address is on ChipIn's list of admins");
          expect(version).not.toContain("host a dream board");
        }
      }
    },
  );

  it.each([
    { ...waiting, refunds: [{ ...refund, reason: "<script>alert(1)</script>\r\nBcc: x@example.com" }] },
    { ...differing, differences: [{ ...differing.differences[0]!, reference: "<script>\r\nBcc: x@example.com" }] },
    { ...failedPayout, errorCode: "<script>\r\nBcc: x@example.com" },
    { ...waitingPayouts, holds: [{ reason: "new_host", providerPaymentId: "<script>\r\nBcc: x@example.com" }] },
  ])("text of a provider becomes neither markup nor a header in a mail to admins about a $about", (facts) => {
    const { subject, html, text } = renderMail(composeAdminMail(facts as AdminFacts));

    expect(html).not.toContain("<script");
    expect(text.split("\n").some((line) => line.startsWith("Bcc:"))).toBe(false);
    expect(subject).not.toMatch(/\p{Cc}/u);
  });
});

function expectSameContent({ subject, html, text }: RenderedMail) {
  const words = html
    .replace(/[\s\S]*<body/, "<body")
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'");
  for (const line of text.split("\n").map((written) => written.replace(/^(> |- |--$)|:$/g, ""))) {
    if (!line.startsWith("http")) expect(words.replace(/\s+/g, " "), subject).toContain(line.trim());
  }
  expect(html, subject).not.toMatch(/\bsrc=|url\(|@import|<link/i);
}

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
        payouts: [payout("philanthropy_donation", 2_000)],
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
    for (const kind of HOST_MAIL_KINDS) expectSameContent(mail(kind));
  });

  it("a long subject is cut without splitting a character", () => {
    const { subject } = renderMail({ subject: `${"x".repeat(149)}🎂`, heading: "", blocks: [] });

    expect(subject.isWellFormed()).toBe(true);
    expect(subject).toHaveLength(150);
  });
});

/** Each of these would be a link in some mail program. */
const LINKS = [
  "https://evil.example/login",
  "HTTP://EVIL.EXAMPLE",
  "evil://x",
  "www.evil.example",
  "evil.example",
  "xn--80ak6aa92e.com/a?b=c",
  "evil。example",
  "evil．example",
  "ev\u200bil.\u200bexample",
  "evil.\u200dexample",
  "\u202eelpmaxe.live",
  "scam@evil.example",
  "mailto:scam@evil.example",
  "(evil.example)",
  "pay:evil.example,now",
  "192.168.0.1.evil.example",
  "http://127.0.0.1/x",
];
/** Written without \`inert\`: what mail programs look for. */
const WHATSAPP = "https://wa.me/?text=";
const LOOKS_LIKE_A_LINK = /:\/\/|\bwww\.\S|\S[.．。｡․]\p{L}|\p{L}[.．。｡․]\S|\d\.\d+\.\d|\S@\S/iu;

/** What a mail shows: subject, heading, plain text, and the HTML's text with each address of a link. Our own addresses are taken out. */
function shown({ subject, html, text }: RenderedMail): string[] {
  const visible = html
    .replace(/[\s\S]*<body/, "<body")
    .replace(/<[^>]+>/g, "\n")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
  const title = /<title>(.*)<\/title>/.exec(html)?.[1] ?? "";
  const own = [
    board.url,
    "https://chipin.example",
    "docs/operate.md",
    "security@chipin.co.za",
    "privacy@chipin.co.za",
    "help@chipin.co.za",
  ];
  return [subject, title, text, visible].map((part) =>
    own.reduce((rest, address) => rest.replaceAll(address, ""), part.replace(/https:\/\/wa\.me\/\?text=\S*/, "")),
  );
}

describe("text of strangers", () => {
  it("no template of any mail makes a link of what a stranger typed, or of what a provider or partner sent", () => {
    for (const link of LINKS) {
      const name = `Go to ${link} now`;
      const gift = { ...board.gift, productName: name } as BoardFacts["gift"];
      const hostileBoard = {
        ...board,
        childName: name,
        partnerName: name,
        gift,
        overflowGift: { causeId: "x", causeName: name, impactDescription: name },
      };
      const contribution = { ...sarah, name: link, message: name };
      const types = ["takealot_gift_card", "karri_card_topup", "philanthropy_donation"] as const;
      const mails = [
        ...HOST_MAIL_KINDS.flatMap((kind) =>
          [[contribution], [contribution, contribution]].map((contributions) =>
            mail(kind, { board: hostileBoard, contributions, payouts: types.map((type) => payout(type, 2_000)) }),
          ),
        ),
        ...types.map((type) =>
          renderMail(composePayeeMail(hostileBoard, { ...payout(type, 2_000), externalRef: link, giftCard: null })),
        ),
        ...[
          { ...waiting, refunds: [{ ...refund, reason: name, reference: link, providerPaymentId: link }] },
          {
            ...waiting,
            losses: [{ ...refund, providerPaymentId: link }],
            flags: [{ flag: link, providerPaymentId: link, received: null }],
          },
          {
            ...differing,
            differences: differing.differences.map((one) => ({ ...one, providerPaymentId: link, reference: link })),
          },
          { ...failedPayout, errorCode: link },
          { ...waitingPayouts, holds: [{ reason: "new_host" as const, providerPaymentId: link }] },
        ].map((facts) => renderMail(composeAdminMail(facts as AdminFacts))),
      ];
      for (const rendered of mails) {
        for (const part of shown(rendered)) expect(LOOKS_LIKE_A_LINK.exec(part)?.[0] ?? null, part).toBeNull();
        const hrefs = [...rendered.html.matchAll(/href="([^"]*)"/g)].map(([, href = ""]) => href);
        const shared = hrefs.filter((href) => href.startsWith(WHATSAPP)).map((href) => decodeURIComponent(href));
        for (const text of shared) {
          expect(LOOKS_LIKE_A_LINK.exec(text.slice(WHATSAPP.length).replace(board.url, "")), text).toBeNull();
        }
        const ours = [WHATSAPP, "https://chipin.example"];
        expect(hrefs.filter((href) => !ours.some((start) => href.startsWith(start)))).toEqual([]);
      }
    }
  });

  it("what is no address reads in a mail as it was typed", () => {
    const texts = [
      "Happy birthday, Zoë! 🎂👨‍👩‍👧 See you at 12.30, love S.",
      "R1,299.50 for the LEGO 2.0 set...",
      "Mr. Dlamini (and co.), what?! Yes.",
      "कर्म क्‍ष नाम",
    ];
    const told = texts.map((message) => mail("contribution_received", { contributions: [{ ...sarah, message }] }).text);
    expect(texts.filter((text, nth) => !told[nth]?.includes(`> ${text}`))).toEqual([]);
  });
});
