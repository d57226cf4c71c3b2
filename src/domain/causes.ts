import { type Cents, cents } from "./money.ts";

export type Cause = Readonly<{
  id: string;
  name: string;
  organisation: string;
  description: string;
  image: string;
  impacts: readonly { goal: Cents; impact: string }[];
}>;

/** The curated list. (product-facts 21.1) Boards keep their own copy of the words, so an entry may change or go. */
export const CAUSES: readonly Cause[] = [
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

export function findCause(id: string): Cause | null {
  return CAUSES.find((cause) => cause.id === id) ?? null;
}
