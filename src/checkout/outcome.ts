import type { PaymentWay } from "#domain/board/lifecycle";
import type { PublicView, Receipt } from "#domain/board/public-view";
import type { Checkout } from "#payments/provider";
import type { FormErrors, TypedForm } from "./contribution-form.ts";
import type { ProviderOption } from "./provider-options.ts";

/** Why the form is shown again. In no case was anything charged. */
export type FormProblem =
  | { kind: "invalid"; errors: FormErrors }
  | { kind: "board_unreachable" }
  /** Too many unpaid attempts on this board. */
  | { kind: "board_busy" }
  /** The provider could not start the payment. */
  | { kind: "not_started"; provider: PaymentWay }
  /** The provider of a payment that was begun is paused, hidden or not configured any more. */
  | { kind: "not_offered"; provider: PaymentWay };

/** What a guest sends again once the challenge is solved: the typed form, or the wish to go on with a payment. */
export type ChallengedForm = Readonly<{ typed: TypedForm } | { reference: string }>;

/** What became of one step of a guest towards paying. `src/http/guest-pages/answer-checkout.ts` makes pages of it. */
export type CheckoutOutcome =
  | { outcome: "unknown_board" }
  /** The board takes no contributions (any more). */
  | { outcome: "closed"; view: PublicView }
  | { outcome: "no_providers"; view: PublicView }
  | { outcome: "wait"; view: PublicView; retryAfterSeconds: number }
  | { outcome: "challenge"; view: PublicView; form: ChallengedForm; failed: boolean }
  | {
      outcome: "form_again";
      view: PublicView;
      options: readonly ProviderOption[];
      typed: TypedForm | null;
      problem: FormProblem;
    }
  /** There is no such payment on this board: the guest begins with the form. */
  | { outcome: "not_begun"; view: PublicView }
  /** Paid, being worked on, refunded, or perhaps paid before the board closed: the thanks page says which. Never a second payment. */
  | { outcome: "paid_already"; view: PublicView; reference: string }
  | { outcome: "started"; view: PublicView; receipt: Receipt; checkout: Checkout };
