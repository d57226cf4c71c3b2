/** The page about ChipIn. */
export const LANDING = {
  title: "One dream gift, from everyone together",
  preview: "Friends and family chip in for one birthday gift a child really dreams of.",
  question: "Many little presents, or one big dream?",
  lede: "With ChipIn, friends and family give together: one birthday gift a child really dreams of.",
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
  whence: "Where do boards come from?",
  partners: "They are made by our partners.",
  gotALink: "Got a link? Just open it. You don’t need an account.",
};
