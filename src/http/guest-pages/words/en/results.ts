/** An amount, or the payment for a guest who did not make it. */
const your = (amount: string | null) => `your ${amount ?? "payment"}`;

/** What became of a payment. */
export const RESULTS = {
  title: {
    generic: "Thank you for chipping in!",
    confirming: "Confirming your payment…",
    confirmed: (name: string | null) => (name ? `Thank you, ${name}!` : "Thank you!"),
    late: "Your payment came after closing",
    refunding: "Your contribution is being refunded",
    failed: "That payment didn’t go through",
    refunded: "Your contribution was refunded",
    wrong_amount: "The amount was different",
  },
  preview: (child: string) => `${child}’s birthday board`,
  everyBit: (child: string) => `Every bit brings ${child}’s birthday wish closer.`,
  waiting: (company: string, amount: string | null) =>
    `We’re waiting for ${company} to confirm ${your(amount)}. It usually takes a few seconds. You can leave this page open.`,
  stillWaiting: (company: string, amount: string | null) =>
    `We’re still waiting for ${company} to confirm ${your(amount)}.`,
  patience:
    "It’s taking longer than usual. It’s safe to leave this page: your payment is not lost, and the board shows it as soon as it is confirmed.",
  couldNotCheck: (company: string) =>
    `We couldn’t check with ${company} just now. We will within a few minutes, and you can leave this page.`,
  noNews: (company: string) => `We checked with ${company} just now. They don’t have your payment yet.`,
  checkNow: (company: string) => `Check with ${company} now`,
  notPaidYet: (company: string) => `Haven’t paid yet? Continue to ${company}`,
  isIn: (amount: string | null, child: string) => `Your ${amount ?? "payment"} is in. ${child} is going to love this!`,
  /** `net`: what reaches the organisation; null with the amount. */
  goesTo: (paid: { net: string; amount: string } | null, organisation: string, child: string) =>
    `${paid ? `${paid.net} of your ${paid.amount}` : "Your payment"} goes to ${organisation}, in ${child}’s name.`,
  goalReached: {
    exclamation: "The goal is reached!",
    charity: (child: string, organisation: string) =>
      `${child}’s gift is fully funded, thanks to you too. Everything beyond the gift goes to ${organisation}.`,
    cause: (child: string) => `${child}’s wish is fully funded, and every bit more does more of the same good.`,
  },
  hadClosed: (child: string) => `${child}’s board had already closed.`,
  late: (child: string, amount: string | null) =>
    `${child}’s board had already closed, so you’ll get your full ${amount ?? "payment"} back, including the fee.`,
  refunding: (amount: string | null) => `You’ll get your full ${amount ?? "payment"} back, including the fee.`,
  refunded: (amount: string | null) => `We’ve sent ${your(amount)} back.`,
  failed: "Nothing was taken.",
  again: "You can try again, or choose another way to pay.",
  paidInstead: (paid: string, amount: string) => `You paid ${paid} instead of ${amount}.`,
  paidAnother: "Another amount was paid than the one that was asked for.",
  /** Until a person has sent it back. */
  isLookedAt: "It doesn’t count yet, and we are looking at it. Please don’t pay again.",
  goesBackInFull: "It goes back to you in full.",
  tryAgain: "Try again",
  receipt: {
    label: "Receipt",
    amount: "Amount",
    paidWith: "Paid with",
    date: "Date",
    reference: "Reference",
    keep: "Keep this page as your receipt.",
    help: (address: string) => `Need help? Write to ${address}`,
  },
  signed: {
    summary: "A receipt to pass on",
    what: "This line proves that we received the payment. It has no names in it, and it is no tax certificate.",
    check: "Anyone can check it.",
    download: "Download it",
  },
};
