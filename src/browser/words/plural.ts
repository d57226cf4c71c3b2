type Forms = Readonly<{ one: string; other: string }>;

/**
 * Chooses between the forms of a sentence by the plural rules of the language (CLDR), which are made when they are first needed. The Workers
 * runtime does not know isiZulu and takes the rules of English there: they differ for zero only, of which no sentence is made.
 */
export function pluralOf(language: string): (count: number, forms: Forms) => string {
  let rules: Intl.PluralRules | null = null;
  return (count, { one, other }) => {
    rules ??= new Intl.PluralRules(language);
    return rules.select(count) === "one" ? one : other;
  };
}
