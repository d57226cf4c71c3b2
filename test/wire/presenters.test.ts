import { describe, expect, it } from "vitest";
import { plannedAt } from "#domain/board/plan-payouts";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { parsePublicId } from "#domain/ids";
import { cents } from "#domain/money";
import { presentBoard } from "#wire/board";
import { presentClosing } from "#wire/closing";
import { presentContribution } from "#wire/contribution";
import { type PresentablePayout, presentPayout } from "#wire/payout";
import { presentWebhookEndpoint } from "#wire/webhook-endpoint";

const ORIGIN = "https://chipin.test";
const ID = "0199b3c4-1234-7abc-8def-0123456789ab";
const BOARD_ID = "0199b3c4-5678-7abc-8def-0123456789ab";

const board: BoardSnapshot = {
  id: BOARD_ID,
  partnerId: ID,
  hostId: ID,
  slug: "maya-birthday-8k3m9q2rtw",
  childName: "Maya",
  childPhotoUrl: "/photos/maya.jpg",
  birthdayDate: "2026-12-31",
  giftType: "takealot_product",
  gift: {
    type: "takealot_product",
    productUrl: "https://www.takealot.com/x/PLID90000001",
    productId: "PLID90000001",
    productName: "Treehouse",
    productImage: "https://media.takealot.com/x.jpg",
    productPrice: 249_900,
  },
  overflowGift: { causeId: "greenpop", causeName: "Plant Trees", impactDescription: "Plant 3 trees" },
  payoutMethod: "takealot_gift_card",
  goal: cents(249_900),
  raised: cents(250_000),
  payable: cents(230_600),
  overflow: cents(100),
  message: null,
  deadline: "2026-12-31T21:59:59.000Z",
  status: "funded",
  displayMode: "charity",
  contributionCount: 3,
  sandbox: false,
  createdAt: "2026-12-01T08:00:00.000Z",
  updatedAt: "2026-12-02T08:00:00.000Z",
  payouts: [],
};

describe("presentBoard", () => {
  it("presentBoard returns exactly the fields of the board resource", () => {
    expect(presentBoard(board, ORIGIN)).toEqual({
      id: expect.stringMatching(/^db_[0-9a-z]{26}$/),
      slug: "maya-birthday-8k3m9q2rtw",
      child_name: "Maya",
      child_photo_url: "https://chipin.test/photos/maya.jpg",
      birthday_date: "2026-12-31",
      gift_type: "takealot_product",
      gift_data: {
        type: "takealot_product",
        product_url: "https://www.takealot.com/x/PLID90000001",
        product_id: "PLID90000001",
        product_name: "Treehouse",
        product_image: "https://media.takealot.com/x.jpg",
        product_price: 249_900,
      },
      payout_method: "takealot_gift_card",
      overflow_gift_data: { cause_id: "greenpop", cause_name: "Plant Trees", impact_description: "Plant 3 trees" },
      goal_cents: 249_900,
      raised_cents: 250_000,
      payable_cents: 230_600,
      overflow_cents: 100,
      message: null,
      deadline: "2026-12-31T21:59:59.000Z",
      status: "funded",
      display_mode: "charity",
      contribution_count: 3,
      sandbox: false,
      public_url: "https://chipin.test/maya-birthday-8k3m9q2rtw",
      created_at: "2026-12-01T08:00:00.000Z",
      updated_at: "2026-12-02T08:00:00.000Z",
    });
  });

  it("the presented id of a board can be parsed to its UUID", () => {
    expect(parsePublicId("board", presentBoard(board, ORIGIN).id)).toBe(BOARD_ID);
  });

  it("presentBoard shows a cause with the full URL of its picture, and no overflow cause", () => {
    const gift = {
      type: "philanthropy" as const,
      causeId: "greenpop",
      causeName: "Plant Trees",
      causeDescription: "Trees",
      causeImage: "/causes/greenpop.jpg",
      impactDescription: "Plant 10 trees",
    };
    const shown = presentBoard({ ...board, giftType: "philanthropy", gift, overflowGift: null }, ORIGIN);

    expect(shown.overflow_gift_data).toBeNull();
    expect(shown.gift_data).toEqual({
      type: "philanthropy",
      cause_id: "greenpop",
      cause_name: "Plant Trees",
      cause_description: "Trees",
      cause_image: "https://chipin.test/causes/greenpop.jpg",
      impact_description: "Plant 10 trees",
    });
  });
});

describe("presentContribution", () => {
  it("presentContribution returns exactly the fields of the contribution resource", () => {
    const row = {
      id: ID,
      dreamBoardId: BOARD_ID,
      contributorName: "Sarah M.",
      message: "Happy birthday!",
      amountCents: 20_000,
      feeCents: 600,
      netCents: 19_400,
      paymentStatus: "completed" as const,
      createdAt: "2026-12-02T08:00:00.000Z",
    };
    const stored = { ...row, ipAddress: "41.0.0.1", paymentRef: "secret" };
    expect(presentContribution(stored)).toEqual({
      id: expect.stringMatching(/^con_/),
      dream_board_id: expect.stringMatching(/^db_/),
      contributor_name: "Sarah M.",
      message: "Happy birthday!",
      amount_cents: 20_000,
      fee_cents: 600,
      net_cents: 19_400,
      payment_status: "completed",
      created_at: "2026-12-02T08:00:00.000Z",
    });
  });
});

describe("presentPayout", () => {
  const money = { grossCents: 5_000, feeCents: 0, netCents: 5_000 };
  const row = {
    ...money,
    id: ID,
    dreamBoardId: BOARD_ID,
    status: "pending" as const,
    externalRef: null,
    errorCode: null,
    errorMessage: null,
    createdAt: "2026-12-02T08:00:00.000Z",
    completedAt: null,
  };

  it.each<[string, PresentablePayout, unknown]>([
    [
      "a gift card",
      {
        ...row,
        type: "takealot_gift_card",
        recipient: { email: "a@example.com", productUrl: "https://takealot.com/x" },
      },
      { email: "a@example.com", product_url: "https://takealot.com/x" },
    ],
    [
      "a Karri top-up, with the card's last four digits only",
      { ...row, type: "karri_card_topup", recipient: { cardNumber: "5234000000001234", cardholderName: "Maya" } },
      { card_number_last4: "1234", cardholder_name: "Maya" },
    ],
    [
      "a Karri top-up without a cardholder's name",
      { ...row, type: "karri_card_topup", recipient: { cardNumber: "5234000000001234", cardholderName: null } },
      { card_number_last4: "1234", cardholder_name: null },
    ],
    [
      "a donation",
      {
        ...row,
        type: "philanthropy_donation",
        recipient: { causeId: "greenpop", donorName: "Maya", donorEmail: "a@example.com" },
      },
      { cause_id: "greenpop", donor_name: "Maya", donor_email: "a@example.com" },
    ],
    ["a payout whose recipient was erased", { ...row, type: "karri_card_topup", recipient: null }, null],
  ])("presentPayout shows the recipient of %s", (_, payout, recipient) => {
    const shown = presentPayout(payout);

    expect(shown.recipient_data).toEqual(recipient);
    expect(JSON.stringify(shown)).not.toContain("523400");
    expect(shown).not.toHaveProperty("error_message");
  });

  it("presentPayout shows why a payout failed", () => {
    const why = { errorCode: "out_of_stock", errorMessage: "out of stock" };
    const failed = { ...row, type: "takealot_gift_card" as const, recipient: null, ...why };
    expect(presentPayout(failed)).toMatchObject({
      error_code: "out_of_stock",
      error_message: "out of stock",
      gross_cents: 5_000,
      net_cents: 5_000,
    });
  });
});

describe("presentClosing", () => {
  it("presentClosing shows the status of each payout", () => {
    const planned = {
      type: "takealot_gift_card" as const,
      gross: cents(900),
      fee: cents(0),
      net: cents(900),
      items: [],
    };
    const at = "2026-12-02T08:00:00.000Z";
    const payouts = [
      { ...plannedAt({ ...planned, id: ID }, at), status: "completed" as const },
      plannedAt({ ...planned, id: BOARD_ID, type: "philanthropy_donation" as const, net: cents(100) }, at),
    ];
    const closed = { ...board, status: "closed" as const, payouts };

    expect(presentClosing(closed)).toEqual({
      id: expect.stringMatching(/^db_/),
      status: "closed",
      raised_cents: 250_000,
      payable_cents: 230_600,
      payouts: [
        { id: expect.stringMatching(/^po_/), type: "takealot_gift_card", status: "completed", net_cents: 900 },
        { id: expect.stringMatching(/^po_/), type: "philanthropy_donation", status: "pending", net_cents: 100 },
      ],
    });
  });
});

describe("presentWebhookEndpoint", () => {
  it("presentWebhookEndpoint does not show the secret", () => {
    const row = { id: ID, url: "https://a.example/", events: ["pot.funded"], isActive: true, createdAt: new Date(0) };
    const standing = {
      state: "active",
      reason: "resumed",
      since: new Date(1_000),
      failingSince: new Date(2_000),
    } as const;
    const stored = { ...row, ...standing, retiredSecretValidUntil: null, secret: "k1.abc" };
    expect(presentWebhookEndpoint(stored)).toEqual({
      id: expect.stringMatching(/^wh_/),
      url: "https://a.example/",
      events: ["pot.funded"],
      is_active: true,
      status: "active",
      status_reason: "resumed",
      status_since: "1970-01-01T00:00:01.000Z",
      failing_since: "1970-01-01T00:00:02.000Z",
      previous_secret_valid_until: null,
      created_at: "1970-01-01T00:00:00.000Z",
    });
  });
});
