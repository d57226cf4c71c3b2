import { z } from "@hono/zod-openapi";
import { WEBHOOK_EVENT_TYPES } from "#domain/webhook-events";
import { publicIdOf } from "./ids.ts";

const MAX_SECRET_LENGTH = 255;

/** `checkEndpointUrl` checks whether the URL may be called, which depends on the settings. */
export const CreateWebhookEndpoint = z
  .object({
    url: z.string().openapi({
      format: "uri",
      description: "https, on the public internet, port 443 or 8443, no credentials",
      example: "https://hooks.example.com/chipin",
    }),
    events: z
      .array(z.enum(WEBHOOK_EVENT_TYPES))
      .min(1, "must name at least one event")
      .transform((events) => [...new Set(events)]),
    secret: z
      .string()
      .min(8, "must be at least 8 characters long")
      .max(MAX_SECRET_LENGTH, `must be at most ${MAX_SECRET_LENGTH} characters long`)
      .refine((secret) => secret.isWellFormed(), "must be well-formed text")
      .openapi({ description: "Signs the webhooks; never shown again", example: "a-long-random-secret" }),
  })
  .openapi("CreateWebhookEndpoint");

export const WebhookEndpointResource = z
  .object({
    id: publicIdOf("webhookEndpoint"),
    url: z.string(),
    events: z.array(z.enum(WEBHOOK_EVENT_TYPES)),
    is_active: z.boolean(),
    created_at: z.iso.datetime(),
  })
  .openapi("WebhookEndpoint");
