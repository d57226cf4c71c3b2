const FACTOR = Number(process.env.FUZZ ?? 1);

/** How often a property is tried with random input: `few` times in `npm test`, FUZZ times as often when that is set. */
export const fuzzRuns = (few: number): number => few * FACTOR;
