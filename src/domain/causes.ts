import { type Cents, cents } from "./money.ts";

export const CAUSE_CATEGORIES = ["education", "food", "environment", "health", "animals"] as const;
export type CauseCategory = (typeof CAUSE_CATEGORIES)[number];

/** What one level of giving does, and what it costs. */
export type Impact = Readonly<{ goal: Cents; impact: string }>;

export type Cause = Readonly<{
  id: string;
  name: string;
  organisation: string;
  description: string;
  /** A path of ours. */
  image: string;
  /** Rising. */
  impacts: readonly Impact[];
}>;

/**
 * The causes of boards whose profile holds no more than a cause's id and name. The list that boards choose from is a table
 * (`causes`), and a board keeps its own copy of the words, so an entry of it may change or go. (product-facts 21.1)
 */
export const FIRST_CAUSES: readonly Cause[] = [
  {
    id: "food-forward",
    name: "Feed Hungry Children",
    organisation: "Food Forward SA",
    description: "Food Forward SA brings good surplus food to children who would otherwise go without.",
    image: "/causes/food-forward.jpg",
    impacts: [
      { goal: cents(25_000), impact: "Feed 5 children for a week" },
      { goal: cents(50_000), impact: "Feed 10 children for a week" },
      { goal: cents(100_000), impact: "Feed 20 children for a week" },
    ],
  },
  {
    id: "greenpop",
    name: "Plant Trees",
    organisation: "Greenpop",
    description: "Greenpop plants indigenous trees with schools and communities across southern Africa.",
    image: "/causes/greenpop.jpg",
    impacts: [
      { goal: cents(15_000), impact: "Plant 3 trees" },
      { goal: cents(50_000), impact: "Plant 10 trees" },
      { goal: cents(100_000), impact: "Plant a mini forest of 20 trees" },
    ],
  },
];

export function firstCause(id: string): Cause | null {
  return FIRST_CAUSES.find((cause) => cause.id === id) ?? null;
}

/** What a board keeps of its cause beside the id, the name and the impact. */
export function ourWordsOf({ organisation, description, image }: Cause) {
  return { organisation, description, image };
}
