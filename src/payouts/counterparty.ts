import type { PayoutMethod } from "#domain/gift";
import type { JsonObject } from "#payments/json";
import { UNKNOWN_REFERENCE } from "./api-contract.ts";
import type { ExecutionOutcome, PayoutExecutor, PayoutToExecute } from "./executor.ts";
import {
  type CounterpartyAccount,
  type CounterpartyDeps,
  errorCodeOf,
  isSuccess,
  requestJson,
} from "./request-json.ts";

const MAX_REF_LENGTH = 255;
const MAX_URL_LENGTH = 2_048;

type PayoutOf<Type extends PayoutMethod> = Extract<PayoutToExecute, { type: Type }>;
type Completed = Omit<Extract<ExecutionOutcome, { outcome: "completed" }>, "outcome">;

/** What differs between the counterparties. */
export type Counterparty<Type extends PayoutMethod> = Readonly<{
  type: Type;
  path: string;
  /** Why the payout cannot be sent, as a short code, or null. */
  problemOf(payout: PayoutOf<Type>): string | null;
  bodyOf(payout: PayoutOf<Type>): JsonObject;
  /** The counterparty's number of the payout, or null. */
  refOf(answer: JsonObject): string | null;
  /** What a completed payout gave us. Null when it cannot be read. */
  completedOf(answer: JsonObject, payout: PayoutOf<Type>): Completed | null;
}>;

/** An executor whose three statuses are `completed`, `pending` and `failed`. (product-facts 7) */
export function counterpartyExecutor<Type extends PayoutMethod>(
  counterparty: Counterparty<Type>,
  account: CounterpartyAccount,
  deps: CounterpartyDeps,
): PayoutExecutor {
  const { type, path } = counterparty;

  async function lookUp(payout: PayoutToExecute): ReturnType<PayoutExecutor["lookUp"]> {
    if (!isOf(type, payout)) return unknown("wrong_type");
    const request = { path: `${path}/${encodeURIComponent(payout.reference)}` };
    const got = await requestJson(account, request, deps);
    if (!got) return unknown("no_answer");
    const { status, answer } = got;
    if (isSuccess(status)) return readAnswer(counterparty, answer, payout);
    if (status === 404 && answer?.errorCode === UNKNOWN_REFERENCE) return { outcome: "not_found" };
    return unknown(`look_up_answered_${status}`);
  }

  async function send(payout: PayoutToExecute): Promise<ExecutionOutcome> {
    if (!isOf(type, payout)) return refused("wrong_type");
    const problem = payout.amount <= 0 ? "no_amount" : counterparty.problemOf(payout);
    if (problem) return refused(problem);
    const body = counterparty.bodyOf(payout);
    const got = await requestJson(account, { path, body, idempotencyKey: payout.reference }, deps);
    if (!got) return unknown("no_answer");
    const { status, answer } = got;
    if (isSuccess(status)) return readAnswer(counterparty, answer, payout);
    switch (status) {
      case 401:
      case 403:
        return refused("credentials_refused");
      case 409: {
        // The reference is known: an earlier request may have been executed.
        const known = await lookUp(payout);
        return known.outcome === "not_found" ? unknown("answered_409") : known;
      }
      // These are about the timing of the request, and not about the payout. The next call looks it up first.
      case 408:
      case 425:
      case 429:
        return unknown(`answered_${status}`);
      default:
        if (status < 400 || status >= 500) return unknown(`answered_${status}`);
        return refused(errorCodeOf(answer) ?? `answered_${status}`);
    }
  }

  async function execute(payout: PayoutToExecute): Promise<ExecutionOutcome> {
    if (!payout.mayHaveBeenSent) return await send(payout);
    const known = await lookUp(payout);
    return known.outcome === "not_found" ? await send(payout) : known;
  }

  return { execute, lookUp };
}

function isOf<Type extends PayoutMethod>(type: Type, payout: PayoutToExecute): payout is PayoutOf<Type> {
  return payout.type === type;
}

function readAnswer<Type extends PayoutMethod>(
  { refOf, completedOf }: Counterparty<Type>,
  answer: JsonObject | null,
  payout: PayoutOf<Type>,
): ExecutionOutcome {
  if (!answer) return unknown("unreadable_answer");
  const { status, reference = payout.reference, amountCents = payout.amount } = answer;
  if (reference !== payout.reference) return unknown("wrong_reference");
  if (amountCents !== payout.amount) return unknown("wrong_amount");
  switch (status) {
    case "completed": {
      const completed = completedOf(answer, payout);
      return completed ? { outcome: "completed", ...completed } : unknown("unreadable_answer");
    }
    case "pending":
      return { outcome: "processing", ref: refOf(answer) };
    case "failed":
      return refused(errorCodeOf(answer) ?? "failed");
    default:
      return unknown("unknown_status");
  }
}

function refused(reason: string) {
  return { outcome: "refused", reason } as const;
}

function unknown(reason: string) {
  return { outcome: "unknown", reason } as const;
}

/** A number or code as text that fits `external_ref`, else null. */
export function codeText(value: unknown): string | null {
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === "string" && text.length <= MAX_REF_LENGTH && /^[\x21-\x7e]+$/.test(text) ? text : null;
}

/** A URL that we may send to a family, else null. */
export function httpsUrl(value: unknown): string | null {
  if (typeof value !== "string" || value.length > MAX_URL_LENGTH) return null;
  return URL.parse(value)?.protocol === "https:" ? value : null;
}
