/** Bodies that are valid at `NOW`. Tests replace single fields. */
export const NOW = new Date("2026-12-01T08:00:00.000Z");

export const takealotBoard = {
  child_name: "Maya",
  child_photo_url: "https://images.example.com/maya.jpg",
  birthday_date: "2026-12-31",
  gift_type: "takealot_product",
  gift_data: {
    product_url: "https://www.takealot.com/lego-friends/PLID90000001?from=search",
    product_name: "LEGO Friends Treehouse",
    product_image: "https://media.takealot.com/covers/treehouse.jpg",
    product_price: 249_900,
  },
  payout_method: "takealot_gift_card",
  overflow_gift_data: { cause_id: "food-forward", cause_name: "Feed Hungry Children", impact_description: "Feed 5" },
  goal_cents: 249_900,
  payout_email: "parent@example.com",
  message: "Maya turns seven!",
  deadline: "2026-12-20T21:59:59Z",
};

/** The card number passes the Luhn check. */
export const karriBoard = {
  ...takealotBoard,
  payout_method: "karri_card_topup",
  karri_card_number: "5234 0000-0000 0007",
  karri_cardholder_name: "Lindiwe Mokoena",
};

export const philanthropyBoard = {
  child_name: "Sipho",
  child_photo_url: "https://images.example.com/sipho.jpg",
  birthday_date: "2026-12-31",
  gift_type: "philanthropy",
  gift_data: { cause_id: "greenpop", cause_name: "Plant Trees", impact_description: "10 trees", amount_cents: 50_000 },
  payout_method: "philanthropy_donation",
  goal_cents: 50_000,
  payout_email: "parent@example.com",
  deadline: "2026-12-20T21:59:59Z",
};

type Path = readonly string[];

/** Returns `body` with the value at a dotted path replaced. `undefined` removes the field. */
export function withField(body: object, field: string, value: unknown): Record<string, unknown> {
  const [name = "", ...rest]: Path = field.split(".");
  const inner = (body as Record<string, unknown>)[name];
  const replaced = rest.length === 0 ? value : withField(inner as object, rest.join("."), value);
  return { ...body, [name]: replaced };
}
