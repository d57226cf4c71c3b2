/** What an API key may be allowed to do. (product-facts 12) */
export const SCOPES = [
  "dreamboards:read",
  "dreamboards:write",
  "contributions:read",
  "payouts:read",
  "payouts:write",
  "webhooks:manage",
] as const;
export type Scope = (typeof SCOPES)[number];
