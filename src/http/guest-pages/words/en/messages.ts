/** Pages with one message. */
export const MESSAGES = {
  notFound: {
    title: "We can’t find that board",
    sentence:
      "Check the link for typing mistakes, or ask the person who sent it to send it again. Old boards are removed.",
  },
  closedMeanwhile: {
    title: "This board has just closed",
    sentence: "It closed while you were filling in the form. Nothing was charged. Thank you for wanting to chip in!",
  },
  unavailable: {
    title: "Payments are unavailable right now",
    sentence: "Nothing was charged. Please try again in a little while.",
  },
  /** To a guest whose payment we do not know. */
  failed: {
    title: "Was there a problem with your payment?",
    again:
      "If you did pay, the board shows it as soon as it is confirmed. If not, you can try again, or choose another way to pay.",
    closed: (child: string) =>
      `${child}’s board has closed meanwhile. A payment that comes too late goes back in full, including the fee.`,
  },
  tooMany: {
    title: "Just a moment, please",
    sentence: (minutes: number) =>
      `There were too many tries from your Wi-Fi or network. Nothing was charged. Please try again in ${
        minutes <= 1 ? "a minute" : minutes < 60 ? `${minutes} minutes` : "an hour"
      }.`,
  },
};
