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
      karri_card_number: "5234 0000 0000 0007",
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
