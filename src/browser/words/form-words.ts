/** The sentences of the form that its script writes too. Amounts come with their currency; `destination` as the page gives it. */
export type FormWords = Readonly<{
  /** The three lines below the amount: what is paid, what of it is the fee, and what reaches the destination. */
  split: Readonly<{ charge: string; fee: string; net(destination: string): string }>;
  /** What the tick says before there is an amount. */
  coverFee(destination: string): string;
  coverFeeOf(amounts: Readonly<{ fee: string; gift: string }>, destination: string): string;
  pay(amount: string): string;
  /** How the board will show the typed name, which comes isolated; null for one that it does not show. */
  shownAs(name: string | null): string;
}>;
