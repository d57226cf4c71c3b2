import type { Context } from "hono";
import { ChipInError } from "#platform/errors";
import type { Services } from "#platform/services";
import type { AppEnv } from "../app-env.ts";
import type { Admission } from "../door.ts";
import { answerNoRoute, answerWithEnvelope } from "../error-envelope.ts";
import { answerNotFound } from "../guest-pages/answer-error.ts";

const MISDIRECTED_REQUEST = 421;

type TurnedAway = Exclude<Admission, { answer: "serve" }>;

/** The answer to what this host does not serve, with a log line of its own. */
export function turnAway(
  c: Context<AppEnv>,
  { log, requestId }: Services,
  admission: TurnedAway,
): Response | Promise<Response> {
  log({
    event: "turned_away",
    request_id: requestId,
    answer: admission.answer,
    // Such a key was readable on its way, and its owner should hear of it.
    key_sent: c.req.header("Authorization") !== undefined,
  });
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
