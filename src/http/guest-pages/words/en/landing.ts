/** The page about ChipIn. */
export const LANDING = {
  title: "One dream gift, from everyone together",
  preview: "Friends and family chip in for one birthday gift a child really dreams of.",
  question: "Many little presents, or one big dream?",
  lede: "Friends and family give together: one birthday gift your child really dreams of.",
  how: "How it works",
  steps: [
    ["Pick one dream gift", "The one thing your child really hopes for, instead of fifteen small ones."],
    ["Share one link", "Send the board to family and friends on WhatsApp."],
    ["Everyone chips in", "Everyone gives what they can. No app, no account, and other guests never see the amount."],
    [
      "The dream comes true",
      "The money goes to the gift. Once it is funded, whatever else comes in goes to a good cause.",
    ],
  ] as readonly (readonly [title: string, text: string])[],
  example: {
    label: "An example of a board",
    who: "Maya turns seven",
    dream: "and dreams of a bicycle with a basket",
  },
  create: "Create a dream board",
  fee: (percent: number) => `Creating a board is free. Our fee of ${percent}% is part of each contribution.`,
  start: "Start with your e-mail",
  gotALink: "Got a link? Just open it. You don’t need an account to chip in.",
  signIn: "Sign in to my boards",
  partners: "For schools and shops:",
};
