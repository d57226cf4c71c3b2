import { z } from "@hono/zod-openapi";
import { API_VERSION } from "#domain/api-version";
import { TEST_EVENT, WEBHOOK_EVENT_TYPES, type WebhookEventType } from "#domain/webhook-events";
import { EXAMPLE_BOARD, EXAMPLE_CONTRIBUTION, EXAMPLE_PAYOUT } from "../examples.ts";
import { ContributionResource } from "./contribution.ts";
import { DreamBoardResource } from "./dream-board.ts";
import { Instant } from "./fields.ts";
import { EXAMPLE_IDS, publicIdOf } from "./ids.ts";
import { PayoutResource } from "./payout.ts";

/** What an event of each type says, and when it comes. `data` is what `src/projection/announcements.ts` announces. */
type EventContract = Readonly<{ when: string; data: z.ZodType; example: unknown }>;

const ContributionOfBoard = z
  .object({ contribution: ContributionResource, dream_board: DreamBoardResource })
  .openapi("ContributionOfBoard");

const board = (when: string, changes: Partial<typeof EXAMPLE_BOARD> | Record<string, unknown> = {}): EventContract => ({
  when,
  data: DreamBoardResource,
  example: { ...EXAMPLE_BOARD, ...changes },
});
const payout = (when: string, changes: Record<string, unknown> = {}): EventContract => ({
  when,
  data: PayoutResource,
  example: { ...EXAMPLE_PAYOUT, ...changes },
});

const PAID = { raised_cents: 249_900, payable_cents: 249_900, contribution_count: 6 };

export const EVENT_CONTRACTS: Record<WebhookEventType, EventContract> = {
  "dreamboard.created": board("A board opens.", { raised_cents: 0, payable_cents: 0, contribution_count: 0 }),
  "dreamboard.updated": board("A board changed in a way that no other event announces.", {
    message: "Maya turns seven on Thursday!",
  }),
  "contribution.received": {
    when: "A contribution is paid.",
    data: ContributionOfBoard,
    example: { contribution: EXAMPLE_CONTRIBUTION, dream_board: EXAMPLE_BOARD },
  },
  "contribution.refunded": {
    when: "A paid contribution has gone back to the guest. Its board shows the sum without it.",
    data: ContributionOfBoard,
    example: {
      contribution: { ...EXAMPLE_CONTRIBUTION, payment_status: "refunded" as const },
      dream_board: { ...EXAMPLE_BOARD, raised_cents: 0, payable_cents: 0, contribution_count: 0 },
    },
  },
  "pot.funded": board("The goal is reached, once a board.", { ...PAID, status: "funded", display_mode: "charity" }),
  "pot.closed": board("The board closes, once.", { ...PAID, status: "closed", display_mode: "charity" }),
  "payout.ready": payout(
    "A payout may be paid: after closing, when a hold is lifted, or to try one again that failed.",
  ),
  "payout.updated": payout("A payout that was announced as ready has another amount now, perhaps zero.", {
    gross_cents: 201_400,
    net_cents: 201_400,
  }),
  "payout.completed": payout("A payout was paid, by you or by ChipIn.", {
    status: "completed",
    external_ref: "TKL-20261220-0042",
    completed_at: "2026-12-20T10:02:11.000Z",
  }),
  "payout.failed": payout("A payout could not be paid.", {
    status: "failed",
    error_code: "partner_failed",
    error_message: "The card is blocked",
  }),
};

/** The headers of a delivery. */
export const DELIVERY_HEADERS = z.object({
  "x-chipin-signature": z.string().openapi({
    description:
      "`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 of `<t>.<raw body>` with your secret; several `v1` while it is replaced",
    example: "t=1795413089,v1=5280fc4e3d65e38ddf9fdd6a7523a9b44f501661fbb3d430c570d72475206ff1",
  }),
  "x-chipin-event-id": publicIdOf("event"),
  "webhook-id": publicIdOf("event").openapi({ description: "Standard Webhooks: the event's id" }),
  "webhook-timestamp": z
    .string()
    .openapi({ description: "Standard Webhooks: when this attempt was made", example: "1795413089" }),
  "webhook-signature": z.string().openapi({
    description: "Standard Webhooks: the signature that stock libraries verify",
    example: "v1,oar0/6oJHeOU0MHPgwvWUG3UYvxbEck60mi8wrDTH/c=",
  }),
});

const EVENT_FIELDS = {
  api_version: z.string().openapi({ description: "The API version of `data`", example: API_VERSION }),
  created_at: z.iso.datetime().openapi({ description: "When it happened" }),
  sequence: z.int().nullable().openapi({
    description:
      "Rises with each thing that happens to its board, so it says which of two events of a board is the newer one; null for a test event",
  }),
};

/** The name of an event's schema: `PayoutReadyEvent`. */
const schemaNameOf = (type: WebhookEventType) =>
  `${type.replace(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase())}Event`;

function eventOf(type: WebhookEventType) {
  const { when, data, example } = EVENT_CONTRACTS[type];
  return z
    .object({
      id: publicIdOf("event").openapi({ description: "The same at every attempt" }),
      type: z.literal(type),
      ...EVENT_FIELDS,
      data,
    })
    .openapi(schemaNameOf(type), {
      description: when,
      example: {
        id: EXAMPLE_IDS.event,
        type,
        api_version: API_VERSION,
        created_at: "2026-12-20T09:15:00.000Z",
        sequence: 12,
        data: example,
      },
    });
}

export const EVENT_SCHEMAS = WEBHOOK_EVENT_TYPES.map((type) => ({ type, schema: eventOf(type) }));

export const EventType = z.enum([...WEBHOOK_EVENT_TYPES, TEST_EVENT]);

const EXAMPLE_EVENT = {
  id: EXAMPLE_IDS.event,
  type: "payout.ready" as const,
  api_version: API_VERSION,
  created_at: "2026-12-20T09:15:00.000Z",
  sequence: 12,
  data: EXAMPLE_PAYOUT,
  dream_board_id: EXAMPLE_IDS.board,
};

export const EventResource = z
  .object({
    id: publicIdOf("event").openapi({ description: "As in the webhook" }),
    type: EventType,
    ...EVENT_FIELDS,
    data: z.record(z.string(), z.unknown()).openapi({ description: "As in the webhook of this type" }),
    dream_board_id: publicIdOf("board").nullable().openapi({ description: "Null for a test event" }),
  })
  .openapi("Event", { example: EXAMPLE_EVENT });

const Attempt = z
  .object({
    attempt: z.int().openapi({ description: "Counts from 1" }),
    attempted_at: z.iso.datetime(),
    response_code: z.int().nullable().openapi({ description: "Null when no answer came" }),
    latency_ms: z.int(),
    response_body: z
      .string()
      .nullable()
      .openapi({ description: "The beginning of the answer, up to 1,000 characters" }),
    error: z.string().nullable().openapi({ description: "Why no answer came" }),
  })
  .openapi("DeliveryAttempt");

export const DeliveryResource = z
  .object({
    webhook_id: publicIdOf("webhookEndpoint"),
    url: z.string().openapi({ example: "https://hooks.example.com/chipin" }),
    status: z.enum(["pending", "delivered", "failed"]),
    next_attempt_at: z.iso.datetime().nullable().openapi({ description: "Null unless it is pending" }),
    delivered_at: z.iso.datetime().nullable(),
    attempts: z.array(Attempt).openapi({ description: "The latest hundred of the event, oldest first" }),
  })
  .openapi("Delivery");

export const EventWithDeliveries = EventResource.extend({ deliveries: z.array(DeliveryResource) }).openapi(
  "EventWithDeliveries",
  {
    example: {
      ...EXAMPLE_EVENT,
      deliveries: [
        {
          webhook_id: EXAMPLE_IDS.webhookEndpoint,
          url: "https://hooks.example.com/chipin",
          status: "delivered" as const,
          next_attempt_at: null,
          delivered_at: "2026-12-20T09:15:01.210Z",
          attempts: [
            {
              attempt: 1,
              attempted_at: "2026-12-20T09:15:01.120Z",
              response_code: 200,
              latency_ms: 90,
              response_body: "ok",
              error: null,
            },
          ],
        },
      ],
    },
  },
);

export const Redelivery = z
  .object({ event_id: publicIdOf("event"), webhook_ids: z.array(publicIdOf("webhookEndpoint")) })
  .openapi("Redelivery");

export const TestEvent = z
  .object({ event_id: publicIdOf("event"), webhook_id: publicIdOf("webhookEndpoint") })
  .openapi("TestEvent");

export const RecoverWebhook = z
  .strictObject(
    {
      since: Instant.openapi({
        description: "Events are kept for 90 days",
        example: "2026-12-20T00:00:00Z",
      }),
    },
    { error: ({ code }) => (code === "unrecognized_keys" ? "is not known; only since is" : undefined) },
  )
  .openapi("RecoverWebhook");

export const Recovery = z
  .object({
    webhook_id: publicIdOf("webhookEndpoint"),
    events: z.int().openapi({ description: "How many are sent again", example: 12 }),
    has_more: z.boolean().openapi({ description: "Whether the same call again sends further ones" }),
  })
  .openapi("Recovery");
