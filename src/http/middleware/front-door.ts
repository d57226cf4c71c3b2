import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { ChipInError } from "#platform/errors";
import type { AppEnv } from "../app-env.ts";
import { type Admission, admit } from "../door.ts";
import { answerNoRoute, answerWithEnvelope } from "../error-envelope.ts";
import { answerNotFound } from "../guest-pages/answer-error.ts";

const MISDIRECTED_REQUEST = 421;

/** Turns away what this host does not serve, with a log line of its own. */
export const frontDoor = createMiddleware<AppEnv>(async (c, next) => {
  const services = c.get("services");
  const { method, url, path } = c.req;
  const admission = admit(services.settings, { method, url, path });
  if (admission.answer === "serve") return next();
  services.log({
    event: "turned_away",
    request_id: services.requestId,
    answer: admission.answer,
    // Such a key was readable on its way, and its owner should hear of it.
    key_sent: c.req.header("Authorization") !== undefined,
  });
  return answerTo(c, admission);
});

function answerTo(c: Context<AppEnv>, admission: Exclude<Admission, { answer: "serve" }>): Response {
  switch (admission.answer) {
    case "redirect":
      return c.redirect(admission.to, 308);
    case "refuse_http":
      return admission.host === "api" ? refuseHttp(c) : c.text("Please use https:// for this address.", 403);
    case "not_here":
      return admission.host === "api" ? answerNoRoute(c) : answerNotFound(c);
    case "unknown_host":
      return c.text("ChipIn is not served under this name.", MISDIRECTED_REQUEST);
    default:
      return admission satisfies never;
  }
}

function refuseHttp(c: Context<AppEnv>): Response {
  const sentence =
    "ChipIn answers https only. Whatever this request carried could be read on its way: if it held a key, have it revoked and use a new one";
  return answerWithEnvelope(new ChipInError("forbidden", sentence), c);
}
