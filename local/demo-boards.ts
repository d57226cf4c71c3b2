import type { GuestContribution } from "./guest.ts";

export const HOST_EMAIL = "lerato@family.example";

const DAY_MS = 86_400_000;

export type DemoBoard = {
  key: string;
  childName: string;
  contributions: (GuestContribution & { name: string })[];
  /** The body of `POST /v1/dream-boards`, made at `now` with pictures served by `origin`. */
  body(origin: string, now: Date): Record<string, unknown>;
};

/** A board in progress, and one that a single further contribution turns into charity mode. */
export const DEMO_BOARDS: readonly DemoBoard[] = [
  {
    key: "maya",
    childName: "Maya",
    contributions: [
      { name: "Gogo Thandi", amount: "300", message: "Ride safely, my angel. Gogo is so proud of you!" },
      {
        name: "Uncle Sipho",
        amount: "250",
        provider: "ozow",
        message: "For the big girl who is not scared of hills.",
      },
      { name: "Aisha & family", amount: "200", coverFee: true },
      { name: "Ouma Elsa", amount: "150", message: "Veels geluk, Maya!", provider: "snapscan" },
      { name: "Naidoo family", amount: "180" },
    ],
    body: (origin, now) => ({
      child_name: "Maya",
      child_photo_url: `${origin}/images/demo/maya.webp`,
      birthday_date: dayAfter(now, 24),
      gift_type: "takealot_product",
      gift_data: {
        product_url: "https://www.takealot.com/kids-bicycle-20-inch/PLID91234567",
        product_name: "20-inch bicycle with basket",
        product_image: `${origin}/images/demo/bicycle.webp`,
        product_price: 249_900,
      },
      payout_method: "takealot_gift_card",
      overflow_gift_data: { cause_id: "greenpop", cause_name: "Plant Trees", impact_description: "Plant 10 trees" },
      goal_cents: 249_900,
      payout_email: HOST_EMAIL,
      message:
        "Maya has outgrown her little red bike and dreams of riding to school with her cousins. Every bit helps!",
      deadline: eveningAfter(now, 20),
    }),
  },
  {
    key: "liam",
    childName: "Liam",
    contributions: [
      { name: "Granny Pat", amount: "400", message: "Build me a castle, please." },
      { name: "Coach Themba", amount: "200", provider: "ozow" },
      { name: "Zoë", amount: "150", message: "Happy birthday Liam! 🎈", provider: "snapscan" },
    ],
    body: (origin, now) => ({
      child_name: "Liam",
      child_photo_url: `${origin}/images/demo/liam.webp`,
      birthday_date: dayAfter(now, 9),
      gift_type: "takealot_product",
      gift_data: {
        product_url: "https://www.takealot.com/lego-treehouse/PLID92345678",
        product_name: "LEGO treehouse",
        product_image: `${origin}/images/demo/lego.webp`,
        product_price: 79_900,
      },
      payout_method: "takealot_gift_card",
      overflow_gift_data: {
        cause_id: "food-forward",
        cause_name: "Feed Hungry Children",
        impact_description: "Feed 10 children for a week",
      },
      goal_cents: 79_900,
      payout_email: HOST_EMAIL,
      message: "Liam turns six and builds all day long. Thank you for being part of it.",
      deadline: eveningAfter(now, 8),
    }),
  },
];

/** `YYYY-MM-DD` in South Africa, which is two hours ahead of UTC all year. */
function dayAfter(now: Date, days: number): string {
  return new Date(now.getTime() + days * DAY_MS + 2 * 3_600_000).toISOString().slice(0, 10);
}

/** The end of that day in South Africa. */
function eveningAfter(now: Date, days: number): string {
  return `${dayAfter(now, days)}T21:59:59Z`;
}
