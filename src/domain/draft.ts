import * as z from "zod/mini";
import { endOfDay, lastDayRange } from "./board/deadline.ts";
import {
  birthdayRange,
  holdsLetter,
  holdsOnlyNameMarks,
  isCleanText,
  isKarriNumber,
  karriDigits,
  lengthOf,
  MAX_CENTS,
  MAX_CHILD_NAME,
  MAX_EMAIL,
  MAX_MESSAGE,
  MAX_PRODUCT_NAME,
  MIN_GOAL_CENTS,
  withPlainMarks,
} from "./board/field-rules.ts";
import type { Cause, Impact } from "./causes.ts";
import { GIFT_TYPES, type GiftType, type PayoutMethod } from "./gift.ts";
import { type Cents, cents, formatRand, parseRand } from "./money.ts";
import { PRODUCT_PROBLEMS, TAKEALOT, takealotProduct } from "./takealot.ts";
import { addDays, zoneDate, zoneFormat } from "./time.ts";

/*
 * A board while its family fills in the steps of the wizard. A draft holds what was typed, right or wrong, and each rule is judged
 * again whenever it is read: what was right yesterday, a birthday for example, may not be so today. (product-facts 9)
 */

export const STEPS = ["child", "gift", "details", "review"] as const;
export type Step = (typeof STEPS)[number];

/** What was typed, by field. A picture is the path of ours under which it is kept. */
export type ChildTyped = Readonly<{ child_name: string; birthday_date: string; photo: string }>;
export type GiftTyped = Readonly<{
  gift_type: string;
  product_url: string;
  product_name: string;
  product_price: string;
  product_image: string;
  overflow_cause_id: string;
  cause_id: string;
  impact: string;
}>;
/**
 * `card`: of a Karri card whose number could be read, sealed; its last four digits are shown. `isDoubtful`: it has no checksum of a
 * card number, so it is probably mistyped. No source says that Karri's numbers have one. (product-facts 21.4)
 */
export type DetailsTyped = Readonly<{
  payout_email: string;
  payout_method: string;
  card: Readonly<{ sealed: string; last4: string; isDoubtful?: boolean }> | null;
  message: string;
  deadline: string;
}>;

export type Draft = Readonly<{ child?: ChildTyped; gift?: GiftTyped; details?: DetailsTyped }>;

export type Errors<Field extends string> = Readonly<Partial<Record<Field, string>>>;
export type Judged<Value, Field extends string> =
  | Readonly<{ ok: true; value: Value }>
  | Readonly<{ ok: false; errors: Errors<Field> }>;

export type ChildField = keyof ChildTyped;
export type GiftField = keyof GiftTyped;
export type DetailsField = Exclude<keyof DetailsTyped, "card"> | "karri_card_number";

export type Child = Readonly<{ name: string; birthday: string; photo: string }>;
export type DraftGift = Readonly<
  | {
      type: "takealot_product";
      url: string;
      productId: string | null;
      name: string;
      price: Cents;
      image: string;
      overflow: Cause;
    }
  | { type: "philanthropy"; cause: Cause; level: Impact }
>;
export type Details = Readonly<{
  payoutEmail: string;
  payoutMethod: PayoutMethod;
  card: DetailsTyped["card"];
  message: string | null;
  deadline: Date;
}>;

/** `causes`: those a new board may choose. */
export type Circumstances = Readonly<{ now: Date; causes: readonly Cause[] }>;

const EMPTY_CHILD: ChildTyped = { child_name: "", birthday_date: "", photo: "" };
const EMPTY_GIFT: GiftTyped = {
  gift_type: "",
  product_url: "",
  product_name: "",
  product_price: "",
  product_image: "",
  overflow_cause_id: "",
  cause_id: "",
  impact: "",
};

const MIN_CHILD_NAME = 2;
/** In these scripts one character is a whole name. */
const WHOLE_NAME = /^[\p{Script=Han}\p{Script=Hangul}]$/u;

const dayFormat = zoneFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const shownDay = (date: string) => dayFormat().format(new Date(`${date}T12:00:00+02:00`));

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && z.iso.date().safeParse(text).success;
}

export function judgeChild(
  typed: ChildTyped = EMPTY_CHILD,
  { now }: Pick<Circumstances, "now">,
): Judged<Child, ChildField> {
  const name = withPlainMarks(typed.child_name);
  const birthday = typed.birthday_date.trim();
  return judged(
    {
      child_name: childNameProblem(name),
      birthday_date: birthdayProblem(birthday, now),
      photo: typed.photo === "" ? "Please choose a photo. Guests see it on the board." : null,
    },
    () => ({ name, birthday, photo: typed.photo }),
  );
}

function childNameProblem(name: string): string | null {
  if (name === "") return "Please type the child’s first name.";
  if (!holdsOnlyNameMarks(name) || !holdsLetter(name)) {
    return "A name has letters, spaces, hyphens and apostrophes only. Please leave out everything else.";
  }
  if (lengthOf(name) > MAX_CHILD_NAME) return `Please shorten the name to ${MAX_CHILD_NAME} letters.`;
  return lengthOf(name) < MIN_CHILD_NAME && !WHOLE_NAME.test(name)
    ? "Please type the whole first name, 2 letters or more."
    : null;
}

function birthdayProblem(birthday: string, now: Date): string | null {
  if (birthday === "") return "Please choose the day of the birthday.";
  if (!isDate(birthday)) return "Please choose a day, or type it like 2026-12-31.";
  const { first, last } = birthdayRange(now);
  if (birthday < first) return "This day has passed. Please choose the next birthday.";
  return birthday > last
    ? `A board opens 90 days before the birthday at the earliest. Please choose a day up to ${shownDay(last)}.`
    : null;
}

export function judgeGift(
  typed: GiftTyped = EMPTY_GIFT,
  { causes }: Pick<Circumstances, "causes">,
): Judged<DraftGift, GiftField> {
  const type = GIFT_TYPES.find((known) => known === typed.gift_type);
  if (type === "takealot_product") return judgeProductGift(typed, causes);
  if (type === "philanthropy") return judgeGiving(typed, causes);
  return { ok: false, errors: { gift_type: "Please choose what the gift is." } };
}

function judgeProductGift(typed: GiftTyped, causes: readonly Cause[]): Judged<DraftGift, GiftField> {
  const [link, name] = [typed.product_url.trim(), typed.product_name.replace(/\s+/gu, " ").trim()];
  const product = link === "" ? { url: TAKEALOT, productId: null } : takealotProduct(link);
  const price = readPrice(typed.product_price);
  const overflow = causes.find(({ id }) => id === typed.overflow_cause_id);
  return judged(
    {
      product_url: "reason" in product ? PRODUCT_PROBLEMS.INVALID_URL : null,
      product_name:
        textProblem(name, MAX_PRODUCT_NAME, "the name of the gift") ??
        (name === "" ? "Please type what the gift is." : null),
      product_price: typeof price === "string" ? price : null,
      overflow_cause_id: overflow ? null : "Please choose the good cause that gets what comes in beyond the gift.",
    },
    () => {
      // `judged` found no error, so each is there.
      const { url, productId } = product as { url: string; productId: string | null };
      const rest = { price: price as Cents, image: typed.product_image, overflow: overflow as Cause };
      return { type: "takealot_product", url, productId, name, ...rest };
    },
  );
}

/** Cents, or the sentence that says what to type instead. */
function readPrice(text: string): Cents | string {
  if (text.trim() === "") return "Please type the price in rand.";
  const price = parseRand(text);
  if (price === null) return "Please type the price in rand, like 2499 or 2499.90.";
  if (price < MIN_GOAL_CENTS) return PRODUCT_PROBLEMS.TOO_CHEAP;
  return price > MAX_CENTS ? `The gift can cost ${formatRand(cents(MAX_CENTS))} at most.` : price;
}

function judgeGiving({ cause_id, impact }: GiftTyped, causes: readonly Cause[]): Judged<DraftGift, GiftField> {
  const cause = causes.find(({ id }) => id === cause_id);
  if (!cause) return { ok: false, errors: { cause_id: "Please choose a good cause." } };
  const level = cause.impacts.find(({ goal }) => String(goal) === impact);
  if (!level) return { ok: false, errors: { impact: `Please choose what the gift does for ${cause.name}.` } };
  return { ok: true, value: { type: "philanthropy", cause, level } };
}

export const PAYOUT_METHODS_OF = {
  takealot_product: ["takealot_gift_card", "karri_card_topup"],
  philanthropy: ["philanthropy_donation"],
} as const satisfies Record<GiftType, readonly PayoutMethod[]>;

/** `typedCard`: a card's number that was typed just now and cannot be read. A gift for a cause is a donation, whatever was chosen before. */
export function judgeDetails(
  typed: DetailsTyped | undefined,
  giftType: GiftType,
  { now }: Pick<Circumstances, "now">,
  typedCard = "",
): Judged<Details, DetailsField> {
  const methods: readonly PayoutMethod[] = PAYOUT_METHODS_OF[giftType];
  const [only] = methods.length === 1 ? methods : [];
  const payoutMethod = only ?? methods.find((method) => method === typed?.payout_method);
  const payoutEmail = (typed?.payout_email ?? "").trim().toLowerCase();
  const message = (typed?.message ?? "").replace(/\r\n?/g, "\n").trim();
  const deadline = (typed?.deadline ?? "").trim();
  const isKarri = payoutMethod === "karri_card_topup";
  return judged(
    {
      payout_email: emailProblem(payoutEmail),
      payout_method: payoutMethod ? null : "Please choose how the money reaches you.",
      karri_card_number: isKarri ? cardProblem(typed?.card ?? null, typedCard) : null,
      message: textProblem(message, MAX_MESSAGE, "your message"),
      deadline: lastDayProblem(deadline, now),
    },
    () => ({
      payoutEmail,
      payoutMethod: payoutMethod as PayoutMethod, // `judged` found no error, so it is there
      card: isKarri ? (typed?.card ?? null) : null,
      message: message === "" ? null : message,
      deadline: endOfDay(deadline),
    }),
  );
}

function emailProblem(email: string): string | null {
  if (email === "") return "Please type an e-mail address.";
  if (email.length > MAX_EMAIL) return `An e-mail address has ${MAX_EMAIL} characters at most.`;
  return z.email().safeParse(email).success ? null : "Please type an e-mail address like thandi@example.co.za.";
}

function cardProblem(card: DetailsTyped["card"], typedCard: string): string | null {
  if (typedCard.trim() !== "" && !isKarriNumber(karriDigits(typedCard))) {
    return "A Karri card’s number has 12 to 19 digits. Please type it as it is on the card.";
  }
  return card ? null : "Please type the number of the Karri card.";
}

function lastDayProblem(day: string, now: Date): string | null {
  if (day === "") return "Please choose the last day to chip in.";
  if (!isDate(day)) return "Please choose a day, or type it like 2026-12-31.";
  const { first, last } = lastDayRange(now);
  if (day >= first && day <= last) return null;
  return `The last day must be from ${shownDay(first)} to ${shownDay(last)}.`;
}

function textProblem(text: string, limit: number, what: string): string | null {
  if (!isCleanText(text)) return `There are characters in ${what} that cannot be shown. Please type it again.`;
  return lengthOf(text) > limit ? `Please shorten ${what} to ${limit} characters; it has ${lengthOf(text)}.` : null;
}

/** The last day of a board unless its family chooses another: the birthday, or tomorrow when it is today. (product-facts X 11) */
export function usualLastDay(birthday: string, now: Date): string {
  const { first, last } = lastDayRange(now);
  return birthday < first ? first : birthday > last ? last : birthday;
}

/** Days that a family takes as the last one by a tap, each once, as far as they may be chosen. (product-facts 9) */
export type LastDayChoice = Readonly<{ what: "birthday" | "day_before" | "week" | "two_weeks" | "month"; day: string }>;

export function lastDayChoices(birthday: string, now: Date): LastDayChoice[] {
  const { first, last } = lastDayRange(now);
  const today = zoneDate(now);
  const days: LastDayChoice[] = [
    { what: "birthday", day: birthday },
    { what: "day_before", day: dayAfter(birthday, -1) },
    { what: "week", day: dayAfter(today, 7) },
    { what: "two_weeks", day: dayAfter(today, 14) },
    { what: "month", day: monthAfter(today) },
  ];
  return days.filter(
    ({ day }, index) => day >= first && day <= last && days.findIndex((other) => other.day === day) === index,
  );
}

function dayAfter(date: string, days: number): string {
  return zoneDate(addDays(endOfDay(date), days));
}

/** The same day of the next month, or its last one. */
function monthAfter(date: string): string {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  const lastOfNext = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month, Math.min(day, lastOfNext))).toISOString().slice(0, 10);
}

/**
 * The last day that a form says: `typed` in its field for a date, or `chosen` by a tap where that field still has the day that it was
 * `shown` with.
 */
export function lastDayOf({ typed, chosen, shown }: Readonly<Record<"typed" | "chosen" | "shown", string>>): string {
  return chosen !== "" && (typed === "" || typed === shown) ? chosen : typed;
}

export type WholeDraft = Readonly<{ child: Child; gift: DraftGift; details: Details }>;

/** Everything that a draft says when each step is complete, else the first step that is not. */
export function readDraft(
  draft: Draft,
  at: Circumstances,
): WholeDraft | Readonly<{ incomplete: Exclude<Step, "review"> }> {
  const child = judgeChild(draft.child, at);
  if (!child.ok) return { incomplete: "child" };
  const gift = judgeGift(draft.gift, at);
  if (!gift.ok) return { incomplete: "gift" };
  const details = judgeDetails(draft.details, gift.value.type, at);
  if (!details.ok) return { incomplete: "details" };
  return { child: child.value, gift: gift.value, details: details.value };
}

/** The first step that must be filled in before `step` may be shown; null when it may be. */
export function stepBefore(step: Step, draft: Draft, at: Circumstances): Step | null {
  const whole = readDraft(draft, at);
  if (!("incomplete" in whole)) return null;
  return STEPS.indexOf(whole.incomplete) < STEPS.indexOf(step) ? whole.incomplete : null;
}

/** What guests are asked for. */
export function goalOf(gift: DraftGift): Cents {
  return gift.type === "takealot_product" ? gift.price : gift.level.goal;
}

function judged<Value, Field extends string>(
  problems: Readonly<Partial<Record<Field, string | null>>>,
  value: () => Value,
): Judged<Value, Field> {
  const wrong = Object.entries(problems).filter(([, problem]) => problem !== null);
  if (wrong.length === 0) return { ok: true, value: value() };
  return { ok: false, errors: Object.fromEntries(wrong) as Errors<Field> };
}
