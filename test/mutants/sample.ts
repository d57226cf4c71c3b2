import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Area, filesOf } from "./areas.ts";
import { type Mutation, mutationsOf } from "./mutations.ts";

export type Mutant = Mutation & { area: Area };

/** A mutation that no test can notice, found by its text so that it may move within the file. */
export type Equivalent = { file: string; before: string; after: string; why: string };

export type Sample = { mutants: Mutant[]; staleEquivalents: Equivalent[] };

/** Draws `count` mutants, the same number from each area as far as it goes. The same seed draws the same mutants. */
export function drawSample(
  root: string,
  areas: readonly Area[],
  { seed, count, equivalents }: { seed: number; count: number; equivalents: readonly Equivalent[] },
): Sample {
  const matched = new Set<Equivalent>();
  const found = new Set<string>();
  const mutants = areas.flatMap((area, index) => {
    const candidates = filesOf(area, root)
      .flatMap((file) => {
        found.add(file);
        return mutationsOf(file, readFileSync(join(root, file), "utf8"));
      })
      .filter((mutation) => {
        const entries = equivalents.filter((entry) => isSame(entry, mutation));
        for (const entry of entries) matched.add(entry);
        return entries.length === 0;
      });
    const share = Math.floor(count / areas.length) + (index < count % areas.length ? 1 : 0);
    return draw(candidates, seed, share).map((mutation) => ({ ...mutation, area }));
  });
  // An entry for an area that was not asked for is not judged.
  const isJudged = ({ file }: Equivalent) => found.has(file) || areas.some(({ folder }) => file.startsWith(folder));
  return { mutants, staleEquivalents: equivalents.filter((entry) => isJudged(entry) && !matched.has(entry)) };
}

/** `share` mutations by hash. A mutation keeps its hash when lines above it come and go. */
export function draw(candidates: readonly Mutation[], seed: number, share: number): Mutation[] {
  const seen = new Map<string, number>();
  const hashed = candidates.map((mutation) => {
    const { file, kind, before, after } = mutation;
    const text = JSON.stringify([file, kind, before, after]);
    const times = seen.get(text) ?? 0;
    seen.set(text, times + 1);
    return { mutation, hash: createHash("sha256").update(`${seed} ${times} ${text}`).digest("hex") };
  });
  return hashed
    .sort((a, b) => (a.hash < b.hash ? -1 : 1))
    .slice(0, share)
    .map(({ mutation }) => mutation);
}

function isSame(entry: Equivalent, mutation: Mutation): boolean {
  return entry.file === mutation.file && entry.before === mutation.before && entry.after === mutation.after;
}
