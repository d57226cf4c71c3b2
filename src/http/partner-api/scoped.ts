import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Scope } from "#accounts/scopes";
import { ChipInError } from "#platform/errors";
import { requireKnownVersion } from "./api-version.ts";
import type { PartnerEnv } from "./create-router.ts";
import { invalid } from "./validation.ts";

export const SECURITY_SCHEME = "apiKey";

/**
 * To spread into a route: documents and enforces that it needs a key with `scope`. It runs before validation, so 401 and 403
 * come before 400. `admitCaller` has found the key.
 */
export function scoped(scope: Scope) {
  const middleware = createMiddleware<PartnerEnv>(async (c, next) => {
    const refusal = c.get("keyRefusal");
    if (refusal) throw refusal;
    if (!c.get("apiKey").scopes.includes(scope)) {
      throw new ChipInError("forbidden", `This API key lacks the scope ${scope}.`);
    }
    requireKnownVersion(c);
    await requireUtf8(c);
    await next();
  });
  return { security: [{ [SECURITY_SCHEME]: [scope] }], middleware };
}

/** JSON is UTF-8. Reading it as text would put U+FFFD for what is not. @throws ChipInError `validation_error` */
async function requireUtf8({ req }: Context): Promise<void> {
  if (req.method === "GET") return;
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(await req.arrayBuffer());
  } catch (cause) {
    throw invalid([{ field: "body", reason: "must be UTF-8" }], { cause });
  }
}
