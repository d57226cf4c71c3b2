import { Hono } from "hono";
import { isOutcome } from "./outcomes.ts";
import type { PayfastSimulator } from "./payfast.ts";
import { paymentPage, refusalPage } from "./payfast-pages.ts";

/** The routes of PayFast that the Worker and the browser use. */
export function payfastRoutes(payfast: PayfastSimulator): Hono {
  const routes = new Hono();

  routes.post("/eng/process", async (c) => {
    const opened = payfast.open(await c.req.text());
    return "problem" in opened ? c.html(refusalPage(opened.problem), 400) : c.html(paymentPage(opened));
  });

  routes.get("/eng/payment/:token", (c) => {
    const checkout = payfast.find(c.req.param("token"));
    return checkout ? c.html(paymentPage(checkout)) : c.html(refusalPage("This payment is not known"), 404);
  });

  routes.post("/eng/payment/:token", async (c) => {
    const checkout = payfast.find(c.req.param("token"));
    if (!checkout) return c.html(refusalPage("This payment is not known"), 404);
    const { outcome } = await c.req.parseBody();
    if (!isOutcome(outcome)) return c.html(refusalPage("outcome: press one of the buttons"), 400);
    return c.redirect(await payfast.finish(checkout, outcome), 303);
  });

  routes.post("/eng/query/validate", async (c) => {
    const { status, text } = payfast.validate(await c.req.text());
    return c.text(text, status);
  });

  return routes;
}
