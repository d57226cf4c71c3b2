import type { HonoRequest } from "hono";
import type { Operator } from "#platform/operators";
import type { Services } from "#platform/services";

/** What every handler finds in its context. */
export type AppEnv = {
  Bindings: Env;
  Variables: {
    services: Services;
    /** `req_…`, the same as in the `X-Request-Id` header and the log. */
    requestId: string;
    /** Under `/internal`: who signed in. */
    operator?: Operator;
  };
};

/** What most pages read of their context, whatever else the context holds. */
export type Asked = Readonly<{ req: HonoRequest; var: Readonly<{ services: Services }> }>;
