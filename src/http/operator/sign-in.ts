import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { ADMIN } from "#domain/board/actor";
import type { RateRule } from "#domain/rate-limit";
import { auditHit } from "#fraud/audit-hit";
import { ChipInError } from "#platform/errors";
import { networkOf } from "#platform/network";
import type { Operator } from "#platform/operators";
import { sameSecret } from "#platform/same-secret";
import type { Services } from "#platform/services";
import { adminEmails, type Settings } from "#platform/settings";
import { callLimiter } from "#rate-limits/call-limiter";
import type { AppEnv } from "../app-env.ts";
import { answerNoRoute } from "../error-envelope.ts";
import { accessEmail } from "./access.ts";

/** Ten wrong secrets a minute close `/internal` to their network for a minute, right ones too: else guessing would go on. */
const FAILURES: RateRule = { name: "failed_sign_ins", limit: 10, windowMs: 60_000, kind: "sliding" };
const BLOCK_MS = 60_000;

/**
 * Lets operators in: by a secret of `OPERATORS` or `INTERNAL_JOB_SECRET` as bearer, or by the identity that Cloudflare Access
 * vouches for. To anyone else these routes do not exist. A person must be on `ADMIN_EMAIL_ALLOWLIST`.
 * @throws ChipInError `rate_limited`, `forbidden`, `unavailable`.
 */
export const onlyOperators = createMiddleware<AppEnv>(async (c, next) => {
  const services = c.get("services");
  const credentials = credentialsOf(c);
  // Without any it is a stranger's scan, which is no attempt.
  if (credentials.bearer === "" && credentials.assertion === "") return answerNoRoute(c);

  const limiter = `operator:${networkOf(services.origin.ipAddress) ?? "unknown"}`;
  const blockedUntil = await callLimiter(services, limiter, (it) => it.blockedUntil(services.now()));
  if (blockedUntil !== null) {
    throw new ChipInError("rate_limited", "Too many failed sign-ins from your network; try again in a minute");
  }
  const operator = await identify(services, credentials);
  if (!operator) {
    await reportFailedSignIn(services, limiter);
    return answerNoRoute(c);
  }
  if (operator.kind === "person" && !adminEmails(services.settings).includes(operator.email)) {
    throw new ChipInError("forbidden", "You are not on ADMIN_EMAIL_ALLOWLIST");
  }
  const email = operator.kind === "person" ? operator.email : null;
  c.set("operator", operator);
  c.set("services", { ...services, actor: ADMIN, origin: { ...services.origin, email } });
  await next();
});

type Credentials = Readonly<{ bearer: string; assertion: string }>;

function credentialsOf(c: Context<AppEnv>): Credentials {
  const bearer = /^Bearer (.+)$/.exec(c.req.header("Authorization") ?? "")?.[1] ?? "";
  return { bearer, assertion: c.req.header("Cf-Access-Jwt-Assertion") ?? "" };
}

async function identify(services: Services, { bearer, assertion }: Credentials): Promise<Operator | null> {
  if (bearer !== "") return holderOf(services.settings, bearer);
  const email = await accessEmail(services.settings, assertion, services.now());
  return email === null ? null : { kind: "person", email, by: "access" };
}

/** Compares with every secret, so that the time says nothing of which one came close. */
function holderOf({ OPERATORS, INTERNAL_JOB_SECRET }: Settings, bearer: string): Operator | null {
  const people = OPERATORS.filter(({ secret }) => sameSecret(bearer, secret));
  const isMachine = sameSecret(bearer, INTERNAL_JOB_SECRET);
  const [person] = people;
  if (person) return { kind: "person", email: person.email, by: "secret" };
  return isMachine ? { kind: "machine" } : null;
}

/** A line for each; an audit row and an alert for each network and hour, and an alert when the limit is reached. */
async function reportFailedSignIn(services: Services, limiter: string): Promise<void> {
  const { log, alert, requestId, origin } = services;
  const address = auditHit(services, "operator.sign_in_failed", origin.ipAddress);
  const write = address === null ? log : alert;
  write({ event: "operator_sign_in_failed", request_id: requestId, ...(address !== null && { address }) });
  const block = { key: requestId, blockMs: BLOCK_MS };
  const strike = await callLimiter(services, limiter, (it) => it.strike(FAILURES, block, services.now()));
  if (!strike?.blockedNow || strike.blockedUntil === null) return;
  alert({
    event: "operator_sign_in_blocked",
    request_id: requestId,
    blocked_until: new Date(strike.blockedUntil).toISOString(),
  });
}
