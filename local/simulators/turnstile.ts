import { type Context, Hono } from "hono";

type Verdict = { success: boolean; "error-codes": string[] };

/** What the widget of a test key gives for a passed challenge. */
export const PASSED_CHALLENGE = "XXXX.DUMMY.TOKEN.XXXX";

/** Cloudflare's published test secrets: always passes, always fails, token already spent. */
const SECRETS: Record<string, Verdict> = {
  "1x0000000000000000000000000000000AA": { success: true, "error-codes": [] },
  "2x0000000000000000000000000000000AA": { success: false, "error-codes": ["invalid-input-response"] },
  "3x0000000000000000000000000000000AA": { success: false, "error-codes": ["timeout-or-duplicate"] },
};

/** Finds the widgets and fills in what a passed challenge would; the site key that begins with 2x blocks every guest. */
const SCRIPT = `(() => {
  const fill = () => {
    for (const widget of document.querySelectorAll(".cf-turnstile:not([data-filled])")) {
      widget.dataset.filled = "";
      const blocked = (widget.dataset.sitekey ?? "").startsWith("2x");
      const line = document.createElement("p");
      line.textContent = blocked ? "Test widget: blocked" : "Test widget: passed";
      widget.append(line);
      if (blocked) continue;
      const token = document.createElement("input");
      Object.assign(token, { type: "hidden", name: "cf-turnstile-response", value: "${PASSED_CHALLENGE}" });
      widget.append(token);
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", fill);
  else fill();
})();
`;

/** Turnstile, under `/turnstile`: its script and the call that verifies a token. */
export function turnstile(): Hono {
  const routes = new Hono();
  routes.get("/v0/api.js", (c) =>
    c.body(SCRIPT, 200, {
      "content-type": "text/javascript; charset=utf-8",
      "cross-origin-resource-policy": "cross-origin",
    }),
  );
  routes.post("/v0/siteverify", async (c) => {
    const { secret, response } = await fieldsOf(c);
    const at = { challenge_ts: new Date().toISOString(), hostname: "127.0.0.1" };
    if (!secret) return c.json({ success: false, "error-codes": ["missing-input-secret"] });
    const verdict = SECRETS[String(secret)];
    if (!verdict) return c.json({ success: false, "error-codes": ["invalid-input-secret"] });
    if (!response) return c.json({ success: false, "error-codes": ["missing-input-response"] });
    return c.json({ ...verdict, ...(verdict.success && at) });
  });
  return routes;
}

async function fieldsOf(c: Context): Promise<Record<string, unknown>> {
  if (!c.req.header("content-type")?.startsWith("application/json")) return c.req.parseBody();
  return (await c.req.json().catch(() => null)) ?? {};
}
