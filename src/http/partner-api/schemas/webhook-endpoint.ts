import { z } from "@hono/zod-openapi";
import { WEBHOOK_EVENT_TYPES } from "#domain/webhook-events";
import { DEFAULT_OVERLAP_HOURS, MAX_OVERLAP_HOURS } from "#webhooks/rotate-secret";
import { unusableSecret } from "#webhooks/secret";
import { publicIdOf } from "./ids.ts";

const MAX_SECRET_LENGTH = 255;

/** `judgeEndpointUrl` checks whether the URL may be called, which depends on the settings and on the host's addresses. */
const Url = z.string().openapi({
  format: "uri",
  description: "https, on the public internet, port 443 or 8443, no credentials",
  example: "https://hooks.example.com/chipin",
});

const Events = z
  .array(z.enum(WEBHOOK_EVENT_TYPES))
  .min(1, "must name at least one event")
  .transform((events) => [...new Set(events)]);

const Secret = z
  .string()
  .min(8, "must be at least 8 characters long")
  .max(MAX_SECRET_LENGTH, `must be at most ${MAX_SECRET_LENGTH} characters long`)
  .superRefine((secret, context) => {
    const reason = unusableSecret(secret);
    if (reason) context.addIssue({ code: "custom", message: reason });
  })
  .openapi({
    type: "string",
    description:
      "Signs the webhooks. Printable ASCII; after `whsec_` base64 with its padding, as stock libraries read it, for example `whsec_` and 32 random bytes",
    example: "a-long-random-secret",
  });

export const CreateWebhookEndpoint = z
  .object({ url: Url, events: Events, secret: Secret })
  .openapi("CreateWebhookEndpoint");

/** An unknown field is refused. */
export const UpdateWebhookEndpoint = z
  .strictObject(
    {
      url: Url.optional(),
      events: Events.optional(),
      status: z
        .enum(["active", "paused"], { error: "can only become active or paused; DELETE deletes an endpoint" })
        .optional()
        .openapi({
          type: "string",
          enum: ["active", "paused"],
          description:
            "`paused` stops deliveries; `active` resumes them, after a pause and after we disabled the endpoint",
        }),
    },
    {
      error: ({ code }) =>
        code === "unrecognized_keys" ? "cannot be changed; only url, events and status can" : undefined,
    },
  )
  .refine((body) => Object.keys(body).length > 0, "must name url, events or status")
  .openapi("UpdateWebhookEndpoint", { example: { status: "active" } });

const hoursError = `must be a whole number from 0 to ${MAX_OVERLAP_HOURS}`;

export const RotateWebhookSecret = z
  .strictObject(
    {
      secret: Secret.optional().openapi({ description: "The new secret, by the same rules; one is drawn without it" }),
      overlap_hours: z
        .int(hoursError)
        .min(0, hoursError)
        .max(MAX_OVERLAP_HOURS, hoursError)
        .default(DEFAULT_OVERLAP_HOURS)
        .openapi({
          description: "How long the secret before goes on signing beside the new one. 0 ends all older ones at once",
        }),
    },
    {
      error: ({ code }) =>
        code === "unrecognized_keys" ? "is not known; only secret and overlap_hours are" : undefined,
    },
  )
  .openapi("RotateWebhookSecret");

export const WebhookEndpointStatus = z.enum(["active", "paused", "disabled", "deleted"]).openapi({
  description:
    "`active` gets events. `paused` by you, `disabled` by us and `deleted` get none; what happens meanwhile is kept and can be recovered",
});

export const WebhookEndpointResource = z
  .object({
    id: publicIdOf("webhookEndpoint"),
    url: z.string().openapi({ example: "https://hooks.example.com/chipin" }),
    events: z.array(z.enum(WEBHOOK_EVENT_TYPES)).openapi({ example: ["pot.closed", "payout.ready"] }),
    is_active: z.boolean().openapi({ description: "Whether the status is `active`" }),
    status: WebhookEndpointStatus,
    status_reason: z.enum(["registered", "resumed", "requested", "failing", "gone", "key_ended"]).openapi({
      description:
        "`requested` by you; `failing` for five days without one success; `gone`: it answered 410; `key_ended`: its API key was revoked or has expired",
    }),
    status_since: z.iso.datetime(),
    failing_since: z.iso.datetime().nullable().openapi({
      description: "The first delivery that failed after the last one that succeeded; null while deliveries succeed",
    }),
    previous_secret_valid_until: z.iso.datetime().nullable().openapi({
      description: "Until when deliveries carry a signature by the secret before, too; null when it signs no more",
    }),
    created_at: z.iso.datetime(),
  })
  .openapi("WebhookEndpoint");

export const RotatedWebhookEndpointResource = WebhookEndpointResource.extend({
  secret: z.string().openapi({
    description: "The new secret, in this answer only",
    example: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
  }),
}).openapi("RotatedWebhookEndpoint");
