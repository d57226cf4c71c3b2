export { API_VERSION, type components, type paths, type webhooks } from "./api.ts";
export { type CallOptions, ChipIn, type ChipInOptions } from "./client.ts";
export { ChipInConnectionError, ChipInError } from "./errors.ts";
export type { Contribution, DreamBoard, Payout, WebhookEvent } from "./types.ts";
export { type ReceivedHeaders, type VerifyOptions, verifyWebhook, WebhookVerificationError } from "./webhooks.ts";
