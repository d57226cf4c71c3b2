/** The sentences of the form that its script writes too. Amounts come with their currency; `destination` as the page gives it. */
export type FormWords = Readonly<{
  limits(minimum: string, maximum: string): string;
  split(parts: Readonly<{ charge: string; net: string; fee: string }>, destination: string): string;
  /** What the tick says before there is an amount. */
  coverFee(destination: string): string;
  coverFeeOf(amounts: Readonly<{ fee: string; gift: string }>, destination: string): string;
  pay(amount: string): string;
}>;
