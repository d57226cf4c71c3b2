import { expect, it } from "vitest";
import { type Actor, ADMIN, SYSTEM } from "#domain/board/actor";
import { anonymisedProfile } from "#domain/board/anonymise";
import type { Gift } from "#domain/gift";
import { newId } from "#domain/ids";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, boardProfile, later, OPENED_AT, TestBoard } from "../../support/board.ts";

const DAY_MS = 86_400_000;
const GUEST = { name: "Thandi", message: "Enjoy!", ipAddress: "203.0.113.7", userAgent: "Firefox" };

it("only a board that ended and has no money under way is anonymised, and a refusal says what is under way", () => {
  const paidOut = (board: TestBoard) => {
    board.paid(20_000);
    board.close();
    board.completePayout();
  };
  const rows: [why: string, play: (board: TestBoard) => unknown, refusal: object | null][] = [
    ["active", () => undefined, { refused: "not_ended", status: "active" }],
    ["funded", (board) => board.paid(200_000), { refused: "not_ended", status: "funded" }],
    [
      "closed, with payouts",
      (board) => [board.paid(200_000), board.close(), board.completePayout()],
      { refused: "money_under_way", payouts: 1, refunds: 0, payments: 0 },
    ],
    [
      "closed, with a failed payout",
      (board) => [board.paid(20_000), board.close(), board.failPayout()],
      { refused: "money_under_way", payouts: 1, refunds: 0, payments: 0 },
    ],
    ["closed without money", (board) => board.close(), null],
    [
      "closed, and all of it went back",
      (board) => {
        const reference = board.paid(20_000);
        board.close();
        board.requestRefund(reference);
        board.reportRefund(reference, "completed");
      },
      null,
    ],
    ["paid out", paidOut, null],
    ["expired", (board) => board.passDeadline(), null],
    ["cancelled without money", (board) => board.cancel(), null],
    [
      "cancelled, with a refund and a payment",
      (board) => [board.paid(20_000), board.contribution(20_000), board.cancel()],
      { refused: "money_under_way", payouts: 0, refunds: 1, payments: 1 },
    ],
    [
      "cancelled, with a refund that needs a person",
      (board) => {
        const reference = board.paid(20_000);
        board.cancel();
        board.reportRefund(reference, "needs_manual_action");
      },
      { refused: "money_under_way", payouts: 0, refunds: 1, payments: 0 },
    ],
  ];
  const found = rows.map(([why, play]) => {
    const board = new TestBoard();
    play(board);
    const { refusal, events } = board.anonymise(AFTER_DEADLINE);
    expect(events.map(({ event }) => event.type)).toEqual(refusal ? [] : ["board_anonymised"]);
    return [why, refusal];
  });

  expect(found).toEqual(rows.map(([why, , refusal]) => [why, refusal]));
});

it("the system, an admin and the board's host may anonymise it, and nobody else", () => {
  const [hostId, partnerId, other] = [newId(OPENED_AT), newId(OPENED_AT), newId(OPENED_AT)];
  const rows: [by: Actor, outcome: string][] = [
    [SYSTEM, "board_anonymised"],
    [ADMIN, "board_anonymised"],
    [{ kind: "host", hostId }, "board_anonymised"],
    [{ kind: "host", hostId: other }, "refused: unknown_board"],
    [{ kind: "partner", partnerId, apiKeyId: "key" }, "refused: not_for_partners"],
  ];

  const found = rows.map(([by]) => {
    const board = new TestBoard({ hostId, partnerId });
    board.cancel();
    return [by, ...board.outcome({ type: "anonymise_board" }, AFTER_DEADLINE, { by })];
  });

  expect(found).toEqual(rows);
});

it("an anonymised board names nobody, is nobody's page, keeps its money and its clock, and may be anonymised again", () => {
  const board = new TestBoard({}, { karriCardCiphertext: "key.ciphertext", karriCardholderCiphertext: "key.name" });
  const reference = board.contribution(20_000, { contributor: GUEST });
  board.report(reference);
  board.close();
  board.completePayout();
  const before = board.board.books();
  const { updatedAt } = board.state;
  const origin = { email: "nomsa@chipin.test", ipAddress: "203.0.113.9" };
  const late = later(AFTER_DEADLINE, 91 * DAY_MS);
  board.play({ type: "place_hold" }, late, { by: ADMIN, profiles: { origin } });

  expect(board.anonymise(late, ADMIN).events).toHaveLength(1);

  expect(board.journal.profile).toEqual(
    anonymisedProfile(boardProfile(board.boardId, { karriCardCiphertext: "x" }), board.code),
  );
  expect(board.journal.profile).toMatchObject({
    slug: `anonymized-birthday-${board.code}`,
    childName: "Anonymized",
    childPhotoUrl: "/images/anonymized.png",
    message: null,
    payoutEmail: "anonymized@chipin.co.za",
    karriCardCiphertext: "anonymized",
    birthdayDate: "2026-06-21",
  });
  expect([...board.journal.contributors.values()]).toEqual([
    { name: "Anonymous", message: null, ipAddress: null, userAgent: null },
  ]);
  expect(board.journal.origins).toEqual([]);
  expect([board.board.view(late), board.board.receipt(reference)]).toEqual([null, null]);
  expect(board.state.updatedAt).toBe(updatedAt);
  const { pot, status, payouts } = board.board.books();
  expect({ pot, status, payouts }).toEqual({ pot: before.pot, status: before.status, payouts: before.payouts });
  expect(board.outcome({ type: "anonymise_board" }, late)).toEqual([]);
});

it("money that comes after the anonymisation goes back, and nobody can have it paid out", () => {
  const board = new TestBoard();
  board.paid(20_000);
  const reference = board.contribution(20_000);
  board.report(reference, { status: "failed" });
  board.close();
  board.completePayout();
  board.anonymise(AFTER_DEADLINE);

  const { events } = board.report(reference, { providerPaymentId: "later", amount: cents(20_000) }, AFTER_DEADLINE);

  expect(events.map(({ event }) => event.type)).toContain("refund_requested");
  expect(board.supplement(reference).refusal).toEqual({ refused: "anonymised" });
});

it("of a gift the catalogue's words and pictures stay, and what a family may have entered goes", () => {
  const takealot: Gift = {
    type: "takealot_product",
    productUrl: "https://www.takealot.com/lego/PLID1",
    productName: "LEGO",
    productImage: "https://media.takealot.com/lego.jpg",
    productPrice: 1,
  };
  const listed = { causeName: "Plant Trees", impactDescription: "Plant 3 trees" };
  const cause: Gift = {
    type: "philanthropy",
    causeId: "greenpop",
    causeName: "Trees for Maya",
    causeDescription: "Maya's trees",
    causeImage: "/photos/maya.jpg",
    impactDescription: "Maya's forest",
  };
  const described = expect.stringContaining("indigenous trees");
  const curated = { ...cause, ...listed, causeDescription: described, causeImage: "/causes/greenpop.jpg" };
  const rows: [Gift, Gift][] = [
    [takealot, takealot],
    [{ ...takealot, productUrl: `${takealot.productUrl}?for=maya#maya` }, takealot],
    [
      { ...takealot, productName: "A MAYA doll" },
      { ...takealot, productName: "A gift" },
    ],
    [
      { ...takealot, productImage: "/photos/maya.jpg" },
      { ...takealot, productImage: "/images/anonymized.png" },
    ],
    [
      { ...takealot, productImage: "https://eviltakealot.com/maya.jpg" },
      { ...takealot, productImage: "/images/anonymized.png" },
    ],
    [cause, { ...curated, impactDescription: "" }],
    [{ ...cause, impactDescription: "Plant 3 trees" }, curated],
    [
      { ...cause, causeId: "gone" },
      {
        ...cause,
        causeId: "gone",
        causeName: "",
        causeDescription: "",
        causeImage: "/images/anonymized.png",
        impactDescription: "",
      },
    ],
  ];

  const found = rows.map(([gift]) => anonymisedProfile(boardProfile(newId(OPENED_AT), { gift }), "code").gift);

  expect(found).toEqual(rows.map(([, after]) => after));
});

it("to a guest an anonymised board is no board: a form that is sent again and another attempt are refused", () => {
  const board = new TestBoard();
  const submission = newId(OPENED_AT);
  const reference = board.contribution(20_000, { submission });
  board.report(reference);
  board.close();
  board.report(reference, { status: "refunded", amount: null });
  board.play({ type: "anonymise_board" }, AFTER_DEADLINE);
  const form = { submission, provider: "payfast", amount: cents(20_000), signals: [], challengePassed: true } as const;

  expect([
    board.outcome({ type: "open_contribution", contributionId: newId(OPENED_AT), ...form }, AFTER_DEADLINE),
    board.outcome({ type: "retry_payment", reference }, AFTER_DEADLINE),
  ]).toEqual([["refused: unknown_board"], ["refused: unknown_board"]]);
});
