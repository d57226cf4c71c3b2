import { describe, expect, it } from "vitest";
import type { Execution } from "#domain/board/board";
import type { OpenContribution } from "#domain/board/commands";
import { EXPIRY_MS, MAX_ATTEMPTS } from "#domain/board/decide-payments";
import { FAILED_STAYS_MS } from "#domain/board/evolve";
import { PAYMENT_STATUSES, type PaymentStatus } from "#domain/board/lifecycle";
import { newId, paymentReference } from "#domain/ids";
import { cents } from "#domain/money";
import { BEFORE_DEADLINE, DEADLINE, eventsOf, later, OPENED_AT, TestBoard, words } from "../../support/board.ts";
import { everyRow } from "../../support/every-row.ts";

const MINUTE_MS = 60_000;
const ATTEMPT_MS = 60 * MINUTE_MS;
const HOUR_LATER = later(BEFORE_DEADLINE, ATTEMPT_MS);
const DAY_LATER = later(BEFORE_DEADLINE, EXPIRY_MS);

const form: OpenContribution = {
  type: "open_contribution",
  contributionId: newId(OPENED_AT),
  submission: "same form",
  provider: "payfast",
  amount: cents(20_000),
  signals: [],
  challengePassed: false,
};

/** A contribution in `status`. The payment of a `processing` one is in progress at the provider. */
function contributionWith(board: TestBoard, status: PaymentStatus): string {
  const reference = board.contribution(20_000, { submission: "same form" });
  if (status === "pending") return reference;
  board.report(reference, { status: status === "refunded" ? "completed" : status });
  if (status === "refunded") board.report(reference, { status });
  return reference;
}

/** A contribution that has left the state after it expired or failed. */
function departedContribution(board: TestBoard, how: "expired" | "failed"): string {
  const reference = contributionWith(board, how === "expired" ? "pending" : "failed");
  if (how === "expired") board.expire(reference, DAY_LATER);
  else board.contribution(2_000, { at: later(BEFORE_DEADLINE, FAILED_STAYS_MS) });
  expect(board.state.references.has(reference)).toBe(false);
  return reference;
}

it("contributionWith returns a contribution in each status", () => {
  for (const status of PAYMENT_STATUSES) {
    const board = new TestBoard();
    expect(board.of(contributionWith(board, status)).status).toBe(status);
  }
});

describe("the duration of an attempt", () => {
  it("an attempt lasts an hour, or until the deadline if that is earlier, but at least five minutes", async () => {
    await everyRow(
      [
        [19 * 24 * ATTEMPT_MS, ATTEMPT_MS],
        [ATTEMPT_MS, ATTEMPT_MS],
        [ATTEMPT_MS - 1, ATTEMPT_MS - 1],
        [5 * MINUTE_MS, 5 * MINUTE_MS],
        [5 * MINUTE_MS - 1, 5 * MINUTE_MS],
        [1, 5 * MINUTE_MS],
      ] as const,
      ([beforeDeadline, lasts]) => {
        const board = new TestBoard();
        const at = later(DEADLINE, -beforeDeadline);
        const { attempt, attemptExpiresAt } = board.of(board.contribution(20_000, { at }));

        expect({ attempt, attemptExpiresAt }).toEqual({ attempt: 1, attemptExpiresAt: later(at, lasts).toISOString() });
      },
    );
  });

  it("a retried attempt ends at the deadline as well", () => {
    const board = new TestBoard();
    const reference = contributionWith(board, "failed");
    board.retry(reference, later(DEADLINE, -10 * MINUTE_MS));

    expect(board.of(reference).attemptExpiresAt).toBe(DEADLINE.toISOString());
  });
});

describe.each<[string, (board: TestBoard, reference: string, at?: Date) => Execution]>([
  ["a form that is sent again", (board, _, at) => board.play(form, at)],
  ["a retry", (board, reference, at) => board.retry(reference, at)],
])("%s", (name, again) => {
  it(`${name} changes nothing while the attempt can be paid`, async () => {
    await everyRow([1, MINUTE_MS, ATTEMPT_MS - 1], (ms) => {
      const board = new TestBoard();
      const reference = contributionWith(board, "pending");

      expect(words(again(board, reference, later(BEFORE_DEADLINE, ms)))).toEqual([]);
      expect(board.of(reference).attempt).toBe(1);
    });
  });

  it(`${name} starts one more attempt when the last one has ended`, () => {
    const board = new TestBoard();
    const reference = contributionWith(board, "pending");

    expect(eventsOf(again(board, reference, HOUR_LATER))).toEqual([
      {
        type: "payment_retried",
        contributionId: board.of(reference).id,
        status: "pending",
        attempt: 2,
        attemptExpiresAt: later(HOUR_LATER, ATTEMPT_MS).toISOString(),
      },
    ]);
    expect(words(again(board, reference, HOUR_LATER))).toEqual([]);
    expect(board.of(reference)).toMatchObject({ status: "pending", attempt: 2, attemptedAt: HOUR_LATER.toISOString() });
  });

  it(`${name} starts a second attempt after a failure, and a third when the second has ended`, () => {
    const board = new TestBoard();
    const reference = contributionWith(board, "failed");

    expect(words(again(board, reference))).toEqual(["payment_retried"]);
    expect(words(again(board, reference))).toEqual([]);
    expect(board.of(reference)).toMatchObject({ status: "processing", inProgress: false, attempt: 2 });
    expect(words(again(board, reference, HOUR_LATER))).toEqual(["payment_retried"]);
    expect(board.of(reference)).toMatchObject({ status: "processing", attempt: 3 });
  });

  it(`${name} starts an attempt without a request id`, () => {
    const board = new TestBoard();
    const reference = contributionWith(board, "failed");
    board.play({ type: "note_payment_request", reference, attempt: 1, requestId: "request-1" });
    again(board, reference);

    expect(board.of(reference).requestId).toBeNull();
  });

  it(`${name} after a failure is refused from the deadline on and on every finished board`, async () => {
    await everyRow<(board: TestBoard) => unknown>(
      [(board) => board.close(), (board) => board.cancel(), (board) => board.passDeadline(DEADLINE)],
      (end) => {
        const board = new TestBoard();
        const reference = contributionWith(board, "failed");
        end(board);

        expect(again(board, reference).refusal).toEqual({ refused: "not_accepting", status: board.state.status });
      },
    );
    const board = new TestBoard();
    const reference = contributionWith(board, "failed");
    expect(again(board, reference, later(BEFORE_DEADLINE, FAILED_STAYS_MS - 1)).refusal).toBeNull();
    expect(again(board, reference, DEADLINE).refusal).toEqual({ refused: "not_accepting", status: "active" });
  });
});

describe("payments that cannot be retried", () => {
  it("a payment that is in progress, completed or refunded is not retried", async () => {
    await everyRow(["processing", "completed", "refunded"] as const, (status) => {
      const board = new TestBoard();
      const reference = contributionWith(board, status);

      expect(board.retry(reference, HOUR_LATER).refusal).toEqual({ refused: "cannot_retry", status });
      expect(board.outcome(form, HOUR_LATER)).toEqual([]);
      expect(board.of(reference)).toMatchObject({ status, attempt: 1 });
    });
  });

  it("a retried payment that is in progress is recorded once and not retried again", () => {
    const board = new TestBoard();
    const reference = contributionWith(board, "failed");
    board.retry(reference);

    expect(words(board.report(reference, { status: "processing" }))).toEqual(["payment_processing"]);
    expect(words(board.report(reference, { status: "processing" }))).toEqual([]);
    expect(words(board.retry(reference, HOUR_LATER))).toEqual(["refused: cannot_retry"]);
  });

  it("commands about an unknown reference are refused", () => {
    const board = new TestBoard();
    const reference = paymentReference(board.code, newId(OPENED_AT));
    const unknown = ["refused: unknown_payment"];

    expect(words(board.retry(reference))).toEqual(unknown);
    expect(words(board.expire(reference))).toEqual(unknown);
    expect(board.outcome({ type: "note_payment_request", reference, attempt: 1, requestId: "r" })).toEqual(unknown);
  });
});

describe("reports on a payment", () => {
  it("a report moves a payment forward, and a report of an earlier status changes nothing", async () => {
    await everyRow(
      [
        ["pending", "processing", ["payment_processing"], "processing"],
        ["pending", "failed", ["payment_failed"], "failed"],
        ["pending", "completed", ["payment_completed"], "completed"],
        ["processing", "processing", [], "processing"],
        ["processing", "failed", ["payment_failed"], "failed"],
        ["processing", "completed", ["payment_completed"], "completed"],
        ["failed", "processing", ["payment_processing"], "processing"],
        ["failed", "failed", [], "failed"],
        ["failed", "completed", ["payment_completed"], "completed"],
        ["completed", "processing", [], "completed"],
        ["completed", "failed", [], "completed"],
        ["completed", "completed", [], "completed"],
        ["refunded", "processing", [], "refunded"],
        ["refunded", "failed", [], "refunded"],
        // The provider had sent the money back by itself, so a person must decide.
        ["refunded", "completed", ["flag_opened"], "refunded"],
        ["refunded", "refunded", [], "refunded"],
      ] as const,
      ([from, status, expected, becomes]) => {
        const board = new TestBoard();
        const reference = contributionWith(board, from);

        expect(words(board.report(reference, { status }))).toEqual(expected);
        expect(board.of(reference).status).toBe(becomes);
      },
    );
  });

  it("a repeated failure does not change a newer attempt, and success of a failed payment still counts", () => {
    const board = new TestBoard();
    const reference = contributionWith(board, "failed");
    const failed = { status: "failed", providerPaymentId: "try-1" } as const;
    board.retry(reference);
    expect(words(board.report(reference, failed))).toEqual(["payment_failed"]);
    board.retry(reference);

    expect(words(board.report(reference, failed))).toEqual([]);
    expect(board.of(reference).status).toBe("processing");
    expect(words(board.report(reference, { ...failed, providerPaymentId: "try-2" }))).toEqual(["payment_failed"]);
    expect(words(board.report(reference, { providerPaymentId: "try-1" }))).toEqual(["payment_completed"]);
  });

  it("the result of a reported failure contains the amount and the address of the guest", () => {
    const board = new TestBoard();
    const reference = board.contribution(20_000, { contributor: { ipAddress: "192.0.2.1" } });

    expect(board.report(reference, { status: "processing" }).result).toEqual({});
    expect(board.report(reference, { status: "failed" }).result).toEqual({
      failure: { ipAddress: "192.0.2.1", amount: 20_000 },
    });
  });
});

describe("request ids of a provider", () => {
  const note = (board: TestBoard, reference: string, attempt: number, requestId: string) =>
    board.outcome({ type: "note_payment_request", reference, attempt, requestId });

  it("a request id is noted once", () => {
    const board = new TestBoard();
    const reference = contributionWith(board, "pending");

    expect(note(board, reference, 1, "request-1")).toEqual(["payment_requested"]);
    expect(note(board, reference, 1, "request-1")).toEqual([]);
    expect(board.of(reference).requestId).toBe("request-1");
  });

  it("a request id of another attempt than the latest changes nothing", () => {
    const board = new TestBoard();
    const reference = contributionWith(board, "failed");
    board.retry(reference);

    for (const attempt of [0, 1, 3]) expect(note(board, reference, attempt, "request-1")).toEqual([]);
    expect(note(board, reference, 2, "request-2")).toEqual(["payment_requested"]);
  });
});

describe("expiry", () => {
  const expire = (board: TestBoard, reference: string, ms: number) =>
    board.expire(reference, later(BEFORE_DEADLINE, ms));

  it("a pending or processing payment expires a day after its attempt, and no other payment expires", async () => {
    await everyRow(
      [
        ["pending", EXPIRY_MS - 1, ["refused: too_early_to_expire"]],
        ["pending", EXPIRY_MS, ["payment_expired"]],
        ["processing", EXPIRY_MS - 1, ["refused: too_early_to_expire"]],
        ["processing", EXPIRY_MS, ["payment_expired"]],
        ["completed", EXPIRY_MS, []],
        ["failed", EXPIRY_MS, []],
        ["refunded", EXPIRY_MS, []],
      ] as const,
      ([status, ms, expected]) => {
        const board = new TestBoard();
        const reference = contributionWith(board, status);

        expect(words(expire(board, reference, ms))).toEqual(expected);
        expect(words(expire(board, reference, ms))).toEqual(expected[0] === "payment_expired" ? [] : expected);
      },
    );
  });

  it("the day until a payment expires counts from its latest attempt", () => {
    const board = new TestBoard();
    const reference = contributionWith(board, "pending");
    board.retry(reference, HOUR_LATER);

    expect(words(expire(board, reference, EXPIRY_MS + ATTEMPT_MS - 1))).toEqual(["refused: too_early_to_expire"]);
    expect(words(expire(board, reference, EXPIRY_MS + ATTEMPT_MS))).toEqual(["payment_expired"]);
  });
});

describe("contributions that leave the state", () => {
  it("an expired contribution leaves the state at once, and a failed one a day after its failure", () => {
    const board = new TestBoard();
    const expired = board.contribution(20_000);
    const failed = board.contribution(20_000);
    board.report(failed, { status: "failed" });
    board.expire(expired, later(DAY_LATER, -1));
    expect(board.state.contributions.size).toBe(2);
    board.contribution(2_000, { at: later(DAY_LATER, -1) });
    expect(board.state.references.has(failed)).toBe(true);
    board.expire(expired, DAY_LATER);

    expect(board.state).toMatchObject({
      contributions: { size: 1 },
      references: { size: 1 },
      submissions: { size: 1 },
    });
    expect(board.board.openAttempt(expired)).toMatchObject({ reference: expired, amount: 20_000, attempt: 1 });
    expect(board.board.receipt(failed)).toMatchObject({ reference: failed, status: "failed", payable: true });
  });

  it("a payment revives a contribution that has left the state, and counts", async () => {
    await everyRow(["expired", "failed"] as const, (how) => {
      const board = new TestBoard();
      const reference = departedContribution(board, how);

      expect(eventsOf(board.report(reference, { amount: cents(20_000) }, DAY_LATER))).toMatchObject([
        {
          type: "contribution_revived",
          reference,
          submission: "same form",
          amount: 20_000,
          fee: 600,
          openedAt: BEFORE_DEADLINE.toISOString(),
          attempt: 1,
          failedPaymentIds: how === "failed" ? [`pf-${reference}`] : [],
        },
        { type: "payment_completed", amount: 20_000, fee: 600, openedAt: BEFORE_DEADLINE.toISOString(), late: false },
      ]);
      expect(board.state.counted).toBe(19_400);
    });
  });

  it("a retry revives a contribution as its next attempt, and a report revives it with its request id", () => {
    const board = new TestBoard();
    const reference = contributionWith(board, "pending");
    board.play({ type: "note_payment_request", reference, attempt: 1, requestId: "request-1" });
    board.expire(reference, DAY_LATER);
    board.report(reference, { status: "processing" }, DAY_LATER);
    expect(board.board.openAttempt(reference)).toMatchObject({ attempt: 1, requestId: "request-1" });
    board.expire(reference, DAY_LATER);

    expect(words(board.retry(reference, DAY_LATER))).toEqual(["contribution_revived", "payment_retried"]);
    expect(board.of(reference)).toMatchObject({ status: "processing", attempt: 2, requestId: null });
  });

  it("a command that changes nothing does not revive a contribution", () => {
    const board = new TestBoard();
    const reference = departedContribution(board, "failed");

    expect(words(board.expire(reference, DAY_LATER))).toEqual([]);
    expect(words(board.report(reference, { status: "failed" }, DAY_LATER))).toEqual([]);
    expect(board.state.references.has(reference)).toBe(false);
  });

  it("a wrong amount, or money that the provider sent back, revives a contribution", () => {
    const board = new TestBoard();
    const reference = departedContribution(board, "expired");
    const wrong = board.report(reference, { amount: cents(1) }, DAY_LATER);
    expect(words(wrong)).toEqual(["contribution_revived", "flag_opened", "refused: amount_mismatch"]);
    board.contribution(2_000, { at: later(DAY_LATER, FAILED_STAYS_MS) });
    expect(board.of(reference)).toMatchObject({ status: "failed", flagged: true });

    const other = new TestBoard();
    const sentBack = departedContribution(other, "expired");
    expect(words(other.report(sentBack, { status: "refunded", amount: null }, DAY_LATER))).toEqual([
      "contribution_revived",
      "refund_requested",
      "refund_completed",
    ]);
    expect(other.state).toMatchObject({ counted: 0, returning: 0 });
  });

  it("a retry keeps a failed contribution in the state, even when a day has passed", () => {
    const board = new TestBoard();
    const reference = contributionWith(board, "failed");

    expect(words(board.retry(reference, later(DAY_LATER, 1)))).toEqual(["payment_retried"]);
    expect(board.of(reference)).toMatchObject({ status: "processing", attempt: 2 });
  });

  it("a repeated form opens another contribution once the first has left, until one of them is paid", () => {
    const board = new TestBoard();
    const reference = departedContribution(board, "expired");

    expect(board.outcome(form, DAY_LATER)).toEqual(["contribution_opened"]);
    const second = board.of(form.contributionId).reference;
    expect(words(board.report(reference, { amount: cents(20_000) }, DAY_LATER))).toEqual([
      "contribution_revived",
      "payment_completed",
    ]);
    board.expire(second, later(DAY_LATER, EXPIRY_MS));
    expect(board.state.references.has(second)).toBe(false);

    expect(board.outcome({ ...form, contributionId: newId(OPENED_AT) }, later(DAY_LATER, EXPIRY_MS))).toEqual([]);
  });
});

it("a contribution takes twenty attempts, then another must be begun", () => {
  const board = new TestBoard();
  const reference = contributionWith(board, "failed");
  const at = (n: number) => later(BEFORE_DEADLINE, n * 1_000);
  for (let attempt = 2; attempt <= MAX_ATTEMPTS; attempt += 1) {
    board.retry(reference, at(attempt));
    board.report(reference, { status: "failed", providerPaymentId: `try ${attempt}` }, at(attempt));
  }
  const { length } = board.log;

  for (const command of [{ type: "retry_payment", reference } as const, form]) {
    expect(board.play(command, at(30)).refusal).toEqual({ refused: "too_many_attempts" });
  }
  expect(board.log).toHaveLength(length);
  expect(board.state.contributions.get(board.state.references.get(reference) ?? "")?.attempt).toBe(MAX_ATTEMPTS);
});
