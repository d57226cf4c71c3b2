import { SYSTEM } from "#domain/board/actor";
import { Board } from "#domain/board/board";
import type { StoredEvent } from "#domain/board/events";
import type { Journal } from "#domain/board/journal";
import type { BoardProfile } from "#domain/board/profile";
import { boardCode, newId, paymentReference } from "#domain/ids";
import { cents } from "#domain/money";
import { boardSlug } from "#domain/slug";

export type LongLog = Readonly<{
  code: string;
  events: readonly StoredEvent[];
  profile: BoardProfile;
  payable: number;
}>;

const DAY_MS = 24 * 3_600_000;
/** Fewer than a board takes unpaid at a time. */
const ABANDONED_A_DAY = 1_900;
const AMOUNT = cents(20_000);

/** The log of a board that was paid `paid` times, as Ozow's payments leave it, and on which `expired` attempts were given up. */
export function longLog({ paid, expired }: { paid: number; expired: number }): LongLog {
  const openedAt = new Date(Date.now() - 60 * DAY_MS);
  const boardId = newId(openedAt);
  const code = boardCode(boardId);
  const profile = profileOf(code);
  const events: StoredEvent[] = [];
  const journal: Journal = {
    append: (entries) => void events.push(...entries.map(({ stored }) => stored)),
    read: () => [],
    readAbout: () => [],
    boardProfile: () => profile,
    contributorProfile: () => null,
  };
  const board = new Board(journal);
  let at = openedAt;
  const play = (command: Parameters<Board["execute"]>[0]) => {
    const { refusal } = board.execute(command, { at, by: SYSTEM, profiles: { board: profile } });
    if (refusal) throw new Error(`the long log was refused: ${refusal.refused}`);
  };
  const open = () => {
    const contributionId = newId(at);
    const submission = crypto.randomUUID().replaceAll("-", "").repeat(2);
    const form = { contributionId, submission, provider: "ozow", amount: AMOUNT, signals: [] } as const;
    play({ type: "open_contribution", ...form, challengePassed: true });
    const reference = paymentReference(code, contributionId);
    play({ type: "note_payment_request", reference, attempt: 1, requestId: crypto.randomUUID() });
    return reference;
  };

  play({
    type: "open_board",
    boardId,
    partnerId: newId(openedAt),
    hostId: newId(openedAt),
    hostSince: null,
    giftType: "takealot_product",
    payoutMethod: "takealot_gift_card",
    goal: cents(500_000_000),
    deadline: new Date(Date.now() + 60 * DAY_MS),
    sandbox: false,
  });
  for (let left = expired; left > 0; left -= ABANDONED_A_DAY) {
    const references = Array.from({ length: Math.min(left, ABANDONED_A_DAY) }, open);
    at = new Date(at.getTime() + DAY_MS);
    for (const reference of references) play({ type: "expire_payment", reference });
  }
  for (let n = 0; n < paid; n += 1) {
    const reference = open();
    const report = { type: "report_payment", provider: "ozow", reference, amount: AMOUNT } as const;
    const payment = { providerPaymentId: crypto.randomUUID(), providerStatus: "Complete" };
    if (n % 2 === 0) play({ ...report, ...payment, status: "processing" });
    play({ ...report, ...payment, status: "completed" });
  }
  return { code, events, profile, payable: board.books().pot.payable };
}

function profileOf(code: string): BoardProfile {
  return {
    slug: boardSlug("Maya", code),
    childName: "Maya",
    childPhotoUrl: "/images/demo/maya.webp",
    birthdayDate: "2026-12-21",
    gift: {
      type: "takealot_product",
      productUrl: "https://www.takealot.com/bicycle/PLID12345678",
      productName: "Bicycle",
      productImage: "/images/demo/bicycle.webp",
      productPrice: 500_000_000,
    },
    overflowGift: null,
    message: null,
    payoutEmail: "parent@example.com",
    karriCardCiphertext: null,
  };
}
