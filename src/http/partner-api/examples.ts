/** Bodies a partner can send after moving the dates into the future. */
export const CREATE_DREAM_BOARD_EXAMPLES = {
  takealot: {
    summary: "A gift from Takealot; money beyond its price feeds children",
    value: {
      child_name: "Maya",
      child_photo_url: "https://images.example.com/maya.jpg",
      birthday_date: "2026-12-31",
      gift_type: "takealot_product",
      gift_data: {
        product_url: "https://www.takealot.com/lego-friends-treehouse/PLID90000001",
        product_name: "LEGO Friends Treehouse",
        product_image: "https://media.takealot.com/covers/treehouse.jpg",
        product_price: 249_900,
      },
      payout_method: "takealot_gift_card",
      overflow_gift_data: {
        cause_id: "food-forward",
        cause_name: "Feed Hungry Children",
        impact_description: "Feed 5 children for a week",
      },
      goal_cents: 249_900,
      payout_email: "parent@example.com",
      message: "Maya turns seven!",
      deadline: "2026-12-31T21:59:59Z",
    },
  },
  karri: {
    summary: "A gift whose money is loaded onto a Karri card",
    value: {
      child_name: "Thandi",
      child_photo_url: "https://images.example.com/thandi.jpg",
      birthday_date: "2026-12-31",
      gift_type: "takealot_product",
      gift_data: {
        product_url: "https://www.takealot.com/mountain-bike/PLID90000002",
        product_name: "Mountain bike",
        product_image: "https://media.takealot.com/covers/mountain-bike.jpg",
        product_price: 349_900,
      },
      payout_method: "karri_card_topup",
      karri_card_number: "5234000000000007",
      karri_cardholder_name: "Lindiwe Mokoena",
      overflow_gift_data: {
        cause_id: "greenpop",
        cause_name: "Plant Trees",
        impact_description: "Plant 10 trees",
      },
      goal_cents: 349_900,
      payout_email: "parent@example.com",
      deadline: "2026-12-31T21:59:59Z",
    },
  },
  philanthropy: {
    summary: "A birthday that plants trees",
    value: {
      child_name: "Sipho",
      child_photo_url: "https://images.example.com/sipho.jpg",
      birthday_date: "2026-12-31",
      gift_type: "philanthropy",
      gift_data: {
        cause_id: "greenpop",
        cause_name: "Plant Trees",
        impact_description: "Plant 10 trees",
        amount_cents: 50_000,
      },
      payout_method: "philanthropy_donation",
      goal_cents: 50_000,
      payout_email: "parent@example.com",
      deadline: "2026-12-31T21:59:59Z",
    },
  },
};

const BOARD_ID = "db_01k9v2m3q4e8xav8k3m9q2rtw5";
const PAYOUT_ID = "po_01k9v2m3q4e8xavkz6m1t7h5ws";

/** What the first of them became after one contribution. */
export const EXAMPLE_BOARD = {
  id: BOARD_ID,
  slug: "maya-birthday-8k3m9q2rtw",
  child_name: "Maya",
  child_photo_url: "https://images.example.com/maya.jpg",
  birthday_date: "2026-12-31",
  gift_type: "takealot_product" as const,
  gift_data: {
    type: "takealot_product" as const,
    product_url: "https://www.takealot.com/lego-friends-treehouse/PLID90000001",
    product_id: "PLID90000001",
    product_name: "LEGO Friends Treehouse",
    product_image: "https://media.takealot.com/covers/treehouse.jpg",
    product_price: 249_900,
  },
  payout_method: "takealot_gift_card" as const,
  overflow_gift_data: {
    cause_id: "food-forward",
    cause_name: "Feed Hungry Children",
    impact_description: "Feed 5 children for a week",
  },
  goal_cents: 249_900,
  raised_cents: 48_500,
  payable_cents: 48_500,
  overflow_cents: 0,
  message: "Maya turns seven!",
  deadline: "2026-12-31T21:59:59.000Z",
  status: "active" as const,
  display_mode: "gift" as const,
  contribution_count: 1,
  sandbox: false,
  public_url: "https://chipin.co.za/maya-birthday-8k3m9q2rtw",
  created_at: "2026-12-01T08:00:00.000Z",
  updated_at: "2026-12-02T17:30:12.402Z",
};

export const EXAMPLE_CLOSING = {
  id: BOARD_ID,
  status: "closed" as const,
  raised_cents: 249_900,
  payable_cents: 249_900,
  payouts: [{ id: PAYOUT_ID, type: "takealot_gift_card" as const, status: "pending" as const, net_cents: 249_900 }],
};

export const EXAMPLE_CONTRIBUTION = {
  id: "con_01k9v2m3q4e8xavkz6m1t7h5ws",
  dream_board_id: BOARD_ID,
  contributor_name: "Gogo Thandi",
  message: "Happy birthday, my love",
  amount_cents: 50_000,
  fee_cents: 1_500,
  net_cents: 48_500,
  payment_status: "completed" as const,
  created_at: "2026-12-02T17:30:01.118Z",
};

export const EXAMPLE_PAYOUT = {
  id: PAYOUT_ID,
  dream_board_id: BOARD_ID,
  type: "takealot_gift_card" as const,
  gross_cents: 249_900,
  fee_cents: 0,
  net_cents: 249_900,
  status: "pending" as const,
  recipient_data: {
    email: "parent@example.com",
    product_url: "https://www.takealot.com/lego-friends-treehouse/PLID90000001",
  },
  external_ref: null,
  created_at: "2026-12-20T09:15:00.000Z",
  completed_at: null,
};
