import { Hono } from "hono";
import { expect, it } from "vitest";
import { PrefixRouter } from "../../src/http/prefix-router.ts";
import { everyRow } from "../support/every-row.ts";

const app = new Hono({ router: new PrefixRouter() });
app.use(async (c, next) => {
  await next();
  c.header("Seen", "yes");
});
app.get("/health/live", (c) => c.text("live"));
app.all("/health/*", (c) => c.text("no such check", 404));
app.get("/v1/payouts/pending", (c) => c.text("pending"));
app.get("/v1/payouts/:id", (c) => c.text(`payout ${c.req.param("id")}`));
app.post("/v1/payouts/:id/confirm", (c) => c.text(`confirmed ${c.req.param("id")}`));
app.get("/v1/boards/:id", (c) => c.text(`board ${c.req.param("id")}`));
app.all("/v1/*", (c) => c.text("no such route", 404));
app.get("/assets/:file", (c) => c.text(`asset ${c.req.param("file")}`));
app.get("/", (c) => c.text("landing"));
app.get("/:slug", (c) => c.text(`board ${c.req.param("slug")}`));
app.get("/:slug/contribute", (c) => c.text(`form of ${c.req.param("slug")}`));
app.all("*", (c) => c.text("no page", 404));

it("a path goes to the routes that name its first words, then to those of any path; a word that a route names is no parameter", async () => {
  const rows = [
    { path: "/", answer: "landing" },
    { path: "/health/live", answer: "live" },
    { path: "/health/ready", answer: "no such check" },
    { path: "/health", answer: "no such check" },
    { path: "/v1/payouts/pending", answer: "pending" },
    { path: "/v1/payouts/po_1", answer: "payout po_1" },
    { path: "/v1/payouts/po_1/confirm", answer: "no such route" },
    { path: "/v1/boards/db_1", answer: "board db_1" },
    { path: "/v1/boards", answer: "no such route" },
    { path: "/v1/other", answer: "no such route" },
    { path: "/v1", answer: "no such route" },
    { path: "/assets/site.css", answer: "asset site.css" },
    { path: "/assets/contribute", answer: "asset contribute" },
    { path: "/assets", answer: "no page" },
    { path: "/%61ssets/site.css", answer: "asset site.css" },
    { path: "/maya", answer: "board maya" },
    { path: "/maya/", answer: "no page" },
    { path: "/maya/contribute", answer: "form of maya" },
    { path: "/healthy/contribute", answer: "form of healthy" },
    { path: "/maya/contribute/more", answer: "no page" },
  ];
  await everyRow(rows, async ({ path, answer }) => {
    const response = await app.request(path);
    expect([await response.text(), response.headers.get("Seen")]).toEqual([answer, "yes"]);
  });
});
