import type { Split } from "#browser/shared/split-line";
import type { TestOutcome } from "#checkout/test-payment";

/** From the form to the provider. */
export const CHECKOUT = {
  preview: "Secure payment.",
  split: ({ charge, fee, net }: Split, destination: string) =>
    `${charge} today: ${net} to ${destination}, ${fee} ChipIn fee.`,
  takingYouTo: (company: string) => `Taking you to ${company}…`,
  continueTo: (company: string) => `Continue to ${company}`,
  goBack: "Go back and change it",
  code: (company: string) => `${company} code for this payment`,
  scan: (company: string) => `Using a computer? Scan this with the ${company} app on your phone.`,
  openOnPhone: (company: string) => `Open ${company} on this phone`,
  waiting: "Waiting for your payment. This page updates by itself when you’ve paid.",
  codeMayHaveExpired: "Still waiting. This code may have expired. You haven’t been charged unless you already paid.",
  freshCode: "Get a fresh code",
  codeHasRunOut: "This code has run out",
  yourPaymentWith: (company: string) => `Your payment with ${company}`,
  noPaymentYet: "No payment has reached us so far.",
  iHavePaid: "I have paid",
  iHavePaidAlready: "I have paid already",
  anotherWay: "Choose another way to pay",
  challenge: {
    title: "One quick check",
    why: "There have been many payments from your Wi-Fi or network. Please confirm that you’re not a robot.",
    failed: "That did not work. Please try once more.",
    needsScripts: "The check needs JavaScript. Without it, please try again in an hour. Nothing was charged.",
    continue: "Continue",
  },
  /** For the developer of a partner who tries the sandbox. */
  test: {
    title: (amount: string) => `Test payment of ${amount}`,
    preview: "A test payment.",
    choose: (child: string) => `For ${child}’s board. Choose what your payment provider would report.`,
    outcomes: {
      pay: ["Pay", "The payment arrives at once."],
      cancel: ["Cancel", "You go back to the board; the payment fails."],
      fail: ["Fail", "The payment fails. It can be tried again."],
      pay_twice: ["Pay twice", "Two payments arrive. The second one is refunded."],
      pay_late: ["Pay late", "You come back first; the payment arrives five seconds later."],
      wrong_amount: ["Pay half", "Another amount arrives. It counts for nothing and is refunded."],
      bad_signature: ["Forge a callback", "A callback with a wrong signature is refused. Nothing changes."],
      silent: ["Stay silent", "Nothing is reported. The contribution expires after a day."],
      duplicate: ["Report three times", "One payment is reported three times and counts once."],
      reorder: [
        "Report in the wrong order",
        "The payment arrives, then the failure of an earlier try. The payment counts.",
      ],
    } as Record<TestOutcome, readonly [label: string, effect: string]>,
  },
};
