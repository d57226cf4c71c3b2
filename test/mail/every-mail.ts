import { cents } from "#domain/money";
import { composeAdminMail, composeMail, composePartnerMail, composePayeeMail } from "#mail/compose";
import type { MailContent, RenderedMail } from "#mail/content";
import type { BoardFacts, ContributionFacts, MailFacts, PayoutFacts } from "#mail/facts";
import { HOST_MAIL_KINDS } from "#mail/kinds";
import { renderMail } from "#mail/render";

const board: BoardFacts = {
  status: "active",
  url: "https://chipin.example/maya-birthday-8k3m9q2rtw",
  manageUrl: "https://chipin.example/dashboard/db_01m8hwyr38ekavbbbvasytd3ha",
  childName: "Maya",
  partnerName: "Toy Town",
  goal: cents(249_900),
  payable: cents(194_050),
  deadline: new Date("2027-03-14T21:59:59Z"),
  gift: {
    type: "takealot_product",
    productUrl: "https://www.takealot.com/x/PLID1",
    productName: "20-inch bicycle with basket",
    productImage: "https://media.takealot.com/x.jpg",
    productPrice: 249_900,
  },
  overflowGift: { causeId: "greenpop", causeName: "Plant Trees", impactDescription: "Plant 10 trees" },
};
/** As long as each may be, without a place to break. */
const long = {
  ...board,
  childName: "W".repeat(50),
  gift: { ...board.gift, productName: "W".repeat(200) },
} as BoardFacts;

const given = (name: string | null, message: string | null, amount = 20_000): ContributionFacts => ({
  name,
  message,
  amount: cents(amount),
  fee: cents(600),
});
const payout = (type: PayoutFacts["type"]): PayoutFacts => ({
  id: "01890000-0000-7000-8000-000000000001",
  type,
  status: "completed",
  gross: cents(249_900),
  net: cents(249_900),
  externalRef: "4711",
});
const facts = (values: Partial<MailFacts> = {}): MailFacts => ({
  board,
  contributions: [given("Gogo Thandi", "Happy birthday, my darling!\nMay you ride far.")],
  payouts: [payout("takealot_gift_card"), payout("philanthropy_donation")],
  ...values,
});
const several = [
  given("Gogo Thandi", "Happy birthday, my darling!"),
  given(null, null),
  given("Oom Piet van der Westhuizen", "Ry veilig! www.example.com"),
];
const endpoint = {
  endpointId: "wh_01hzy3v7k2e8r9t0abcdefghjk",
  url: "https://hooks.shop.example/chipin/events",
  partnerName: "Toy Town",
  hasContact: true,
  api: "https://api.chipin.example",
  lastFailureCode: 503,
};
const giftCard = { code: "ABCD-EFGH-IJKL", url: "https://www.takealot.com/gift" };
const db = "db_01hzy3v7k2e8r9t0abcdefghjk";
const waiting = {
  payoutId: "po_01hzy3v7k2e8r9t0abcdefghjk",
  type: "takealot_gift_card",
  amount: cents(249_900),
  attempt: 1,
} as const;
const since = new Date("2027-03-01T10:00:00Z");

/** A mail of each kind, with an ordinary board and with the longest texts, by name. */
export function everyMail(): (readonly [name: string, mail: RenderedMail])[] {
  const contents: (readonly [string, MailContent])[] = [
    ...HOST_MAIL_KINDS.map((kind) => [kind, composeMail(kind, facts())] as const),
    ...HOST_MAIL_KINDS.map((kind) => [`${kind}-long`, composeMail(kind, facts({ board: long }))] as const),
    ["contribution_received-several", composeMail("contribution_received", facts({ contributions: several }))],
    ["payout_sent-gift-card", composePayeeMail(board, { ...payout("takealot_gift_card"), giftCard })],
    ["payout_sent-karri", composePayeeMail(board, { ...payout("karri_card_topup"), giftCard: null })],
    ["payout_sent-donation", composePayeeMail(board, { ...payout("philanthropy_donation"), giftCard: null })],
    ["board_reported", composeAdminMail({ about: "reports", boardId: db, reasons: ["child", "fake", "fake"] })],
    [
      "payouts_waiting",
      composeAdminMail({
        about: "waiting_payouts",
        boardId: db,
        payouts: [{ ...waiting, status: "pending" }],
        holds: [{ reason: "new_host", providerPaymentId: null }],
      }),
    ],
    [
      "payout_failed",
      composeAdminMail({ about: "failed_payout", boardId: db, payout: waiting, errorCode: "declined" }),
    ],
    [
      "money_needs_a_person",
      composeAdminMail({
        about: "board",
        boardId: db,
        refunds: [
          {
            provider: "snapscan",
            providerPaymentId: "1089250",
            reference: "8k3m9q2rtw0x1sr4s2h2",
            amount: cents(20_000),
            status: "needs_manual_action",
            reason: null,
          },
        ],
        flags: [{ flag: "amount_mismatch", providerPaymentId: "1089251", received: cents(15_000) }],
        losses: [],
      }),
    ],
    [
      "settlement_difference",
      composeAdminMail({
        about: "settlement",
        provider: "payfast",
        day: "2027-03-01",
        differences: [
          { kind: "missing_here", providerPaymentId: "1089250", reference: null, ours: null, theirs: cents(20_000) },
        ],
      }),
    ],
    ["webhook_endpoint_failing", composePartnerMail({ ...endpoint, about: "failing_endpoint", failingSince: since })],
    [
      "webhook_endpoint_disabled",
      composePartnerMail({
        ...endpoint,
        about: "disabled_endpoint",
        disabledAt: new Date("2027-03-06T10:00:00Z"),
        reason: "failing",
        failingSince: since,
      }),
    ],
  ];
  return contents.map(([name, content]) => [name, renderMail(content)] as const);
}
