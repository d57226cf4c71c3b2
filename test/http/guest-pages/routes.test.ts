import { describe, expect, it } from "vitest";
import type { BoardCommand, OpenContribution } from "#domain/board/commands";
import type { ContributorProfile } from "#domain/board/profile";
import type { PublicView, Receipt } from "#domain/board/public-view";
import { boardCode, newId } from "#domain/ids";
import { ChipInError } from "#platform/errors";
import { type Script, ScriptedBoardObject } from "../scripted-board.ts";
import { NO_DATABASE, PUBLIC_ORIGIN, testSite } from "../support.ts";
import { CHARITY_VIEW, CLOSED_VIEW, GIFT_VIEW, RECEIPT } from "./views.ts";

const PAYFAST = {
  PAYFAST_MERCHANT_ID: "10000100",
  PAYFAST_MERCHANT_KEY: "46f0cd694581a",
  PAYFAST_PASSPHRASE: "jt7NOE43FZPn",
  PAYFAST_SANDBOX: "true",
};
const FORM = { amount: "200", name: "Thandi", message: "Hi!", provider: "payfast", submission: "0123456789abcdef" };

type Opened = { command: OpenContribution; contributor: ContributorProfile | undefined };

/** A site with one board whose object gives scripted answers. Views are cached, so every site has another code. */
function siteWith(
  view: PublicView,
  {
    receipt = { ...RECEIPT, status: "pending", payable: true },
    settings = PAYFAST,
    execute,
  }: Pick<Script, "execute"> & { receipt?: Receipt; settings?: Record<string, string> } = {},
) {
  const code = boardCode(newId(new Date()));
  const slug = `maya-birthday-${code}`;
  const reference = code + RECEIPT.reference.slice(10);
  const opened: Opened[] = [];
  const reports: BoardCommand[] = [];
  const shown = { ...view, slug };
  const site = testSite(NO_DATABASE, {
    settings,
    board: (name) =>
      new ScriptedBoardObject({
        reads: {
          view: () => (name === code ? shown : null),
          receipt: (about) => (about.reference === reference ? { ...receipt, reference } : null),
        },
        execute: (command, context) => {
          if (execute) return execute(command, context);
          if (command.type !== "open_contribution") {
            reports.push(command);
            return {};
          }
          opened.push({ command, contributor: context.profiles?.contributor?.profile });
          return { checkout: { receipt: { ...receipt, reference }, view: shown } };
        },
      }),
  });
  const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    site.request(`/${slug}/contribute`, { method: "POST", body: new URLSearchParams(fields), headers });
  return { ...site, code, slug, reference, opened, reports, post };
}

describe("GET requests for a board's pages", () => {
  it("a board page is served with the security headers", async () => {
    const { request, slug } = siteWith(GIFT_VIEW);

    const response = await request(`/${slug}`);

    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Security-Policy")).toMatch(/form-action 'self' https:\/\/\S*payfast/);
    expect(await response.text()).toContain("Maya’s birthday wish");
  });

  it.each(["", "/contribute?amount=500", "/pay?ref=x", "/thanks?ref=x", "/payment-failed"])(
    "a wrong name in the address redirects to the right one at %j",
    async (rest) => {
      const { request, slug, code } = siteWith(GIFT_VIEW);

      const response = await request(`/wrong-name-${code}${rest}`);

      expect(response.status).toBe(308);
      expect(response.headers.get("Location")).toBe(`/${slug}${rest}`);
    },
  );

  it.each([
    ["/", ""],
    [".", ""],
    [")", ""],
    [").", ""],
    ["%E2%80%8B", ""],
    ["%20", ""],
    ["*", ""],
    ["%E2%80%9D", ""],
    ["/contribute/", "/contribute"],
    ["/contribute).?amount=50", "/contribute?amount=50"],
  ])("a link that a messenger changed, with %j at its end, redirects to the board's page", async (mangled, rest) => {
    const { request, slug } = siteWith(GIFT_VIEW);

    const response = await request(`/${slug}${mangled}`);

    expect([response.status, response.headers.get("Location")]).toEqual([308, `/${slug}${rest}`]);
  });

  it.each(["/maya/", "/create.", "/maya-birthday-8k3m/"])("%j, which names no board, is answered 404", async (path) => {
    expect((await siteWith(GIFT_VIEW).request(path)).status).toBe(404);
  });

  it.each(["", "/contribute", "/pay", "/thanks", "/payment-failed", "/live.json", "/live"])(
    "an unknown board is answered 404 at %j",
    async (rest) => {
      const { request } = siteWith(GIFT_VIEW);
      const headers = rest === "/live" ? { Upgrade: "websocket" } : {};

      expect((await request(`/maya-birthday-zzzzzzzzzz${rest}`, { headers })).status).toBe(404);
      expect((await request(`/favicon.ico${rest}`, { headers })).status).toBe(404);
    },
  );

  it("the form of a board that accepts no contributions redirects to the board", async () => {
    const { request, slug } = siteWith(CLOSED_VIEW);

    const response = await request(`/${slug}/contribute`);

    expect([response.status, response.headers.get("Location")]).toEqual([303, `/${slug}`]);
  });

  it("the form is answered 503 when no provider is configured", async () => {
    const { request, slug } = siteWith(GIFT_VIEW, { settings: {} });

    const response = await request(`/${slug}/contribute`);

    expect(response.status).toBe(503);
    expect(await response.text()).toContain("Payments are unavailable right now");
  });

  it("every form has a submission of its own", async () => {
    const { request, slug } = siteWith(GIFT_VIEW);
    const submission = async () =>
      /name="submission" value="([^"]+)"/.exec(await (await request(`/${slug}/contribute`)).text())?.[1];

    const [first, second] = [await submission(), await submission()];

    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).not.toBe(first);
  });

  it("the thanks page names the contributor only for a reference of its board", async () => {
    const { request, slug, reference } = siteWith(GIFT_VIEW, { receipt: RECEIPT });

    const headers = { Cookie: `payer-${reference}=0; payer-${RECEIPT.reference}=0` };
    const thanks = async (query: string) => (await request(`/${slug}/thanks${query}`, { headers })).text();

    expect(await thanks(`?ref=${reference}`)).toContain("Thank you, Thandi!");
    expect(await thanks(`?ref=${RECEIPT.reference}`)).toContain("Thank you for chipping in!");
    expect(await (await request(`/${slug}/thanks`)).text()).toContain("Thank you for chipping in!");
  });

  it.each([
    { status: "pending" as const, final: false },
    { status: "processing" as const, final: false },
    { status: "completed" as const, final: true },
    { status: "failed" as const, final: true },
  ])("thanks.json reports a $status payment with final = $final", async ({ status, final }) => {
    const { request, slug, reference } = siteWith(GIFT_VIEW, { receipt: { ...RECEIPT, status } });

    expect(await (await request(`/${slug}/thanks.json?ref=${reference}`)).json()).toEqual({ final, status });
  });

  it("live.json returns the public view, and /live without an upgrade is answered 426", async () => {
    const { request, slug } = siteWith(CHARITY_VIEW);

    expect(await (await request(`/${slug}/live.json`)).json()).toEqual({ ...CHARITY_VIEW, slug });
    expect((await request(`/${slug}/live`)).status).toBe(426);
  });
});

describe("POST /{slug}/contribute", () => {
  it("a valid form records the contribution and starts the checkout", async () => {
    const { post, opened, slug, reference } = siteWith(GIFT_VIEW);

    const response = await post(
      { ...FORM, cover_fee: "1" },
      { "CF-Connecting-IP": "197.0.2.1", "User-Agent": "u".repeat(400) },
    );

    expect(response.status).toBe(200);
    const html = await response.text();
    expect(html).toContain("/eng/process");
    expect(html).toContain(`name="m_payment_id" value="${reference}"`);
    expect(html).toContain(`${PUBLIC_ORIGIN}/${slug}/thanks?ref=${reference}`);
    expect(html).toContain(`${PUBLIC_ORIGIN}/${slug}?cancelled=true`);
    expect(html).toContain(`${PUBLIC_ORIGIN}/api/webhooks/payfast`);
    expect(opened[0]?.command).toMatchObject({
      amount: 20_619,
      provider: "payfast",
      submission: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(opened[0]?.contributor).toEqual({
      name: "Thandi",
      message: "Hi!",
      ipAddress: "197.0.2.1",
      userAgent: "u".repeat(300),
    });
  });

  it("a repeated form has the same submission and a changed form has another", async () => {
    const { post, opened } = siteWith(GIFT_VIEW);

    await post(FORM);
    await post(FORM);
    await post({ ...FORM, amount: "201" });

    const [first, again, changed] = opened.map(({ command }) => command.submission);
    expect(again).toBe(first);
    expect(changed).not.toBe(first);
  });

  it("a form that was already paid redirects to its thanks page", async () => {
    const { post, slug, reference } = siteWith(GIFT_VIEW, { receipt: RECEIPT });

    const response = await post(FORM);

    expect([response.status, response.headers.get("Location")]).toEqual([303, `/${slug}/thanks?ref=${reference}`]);
  });

  it("an invalid form is shown again with its fields and opens no contribution", async () => {
    const { post, opened } = siteWith(GIFT_VIEW);

    const response = await post({ ...FORM, amount: "19", message: "<b>" });

    expect(response.status).toBe(422);
    const html = await response.text();
    expect(html).toContain("The smallest contribution is R20.");
    expect(html).toContain('value="19"');
    expect(html).toContain("&lt;b&gt;");
    expect(html).toContain(`value="${FORM.submission}"`);
    expect(opened).toEqual([]);
  });

  it.each([
    { body: "an empty body", init: { body: "" } },
    {
      body: "a broken multipart body",
      init: { body: "junk", headers: { "Content-Type": "multipart/form-data; boundary=x" } },
    },
    { body: "a JSON body", init: { body: "{}", headers: { "Content-Type": "application/json" } } },
  ])("$body is answered 422 with the form", async ({ init }) => {
    const { request, slug } = siteWith(GIFT_VIEW);

    const response = await request(`/${slug}/contribute`, { method: "POST", ...init });

    expect(response.status).toBe(422);
    expect(await response.text()).toContain("amount in rand");
  });

  it.each([
    { when: "before the request", view: CLOSED_VIEW, board: {} },
    {
      when: "during the request",
      view: GIFT_VIEW,
      board: { execute: () => ({ refused: "not_accepting", status: "closed" }) as const },
    },
  ])("a form for a board that closed $when is answered 409 with a link to the board", async ({ view, board }) => {
    const { post, slug } = siteWith(view, board);

    const response = await post(FORM);

    expect(response.status).toBe(409);
    expect(await response.text()).toContain(`href="/${slug}"`);
  });

  it("the page says that nothing was charged when the board is unreachable", async () => {
    const unreachable = () => {
      throw new ChipInError("unavailable", "busy");
    };
    const { post } = siteWith(GIFT_VIEW, { execute: unreachable });

    const response = await post(FORM);

    expect(response.status).toBe(503);
    const html = await response.text();
    expect(html).toContain("Nothing was charged");
    expect(html).toContain('value="Thandi"');
  });

  it("a failed checkout start is reported to the board, and the page says that nothing was charged", async () => {
    const { post, settled, logged, reports, code, reference } = siteWith(GIFT_VIEW, {
      // The amount is above the provider's limit, so the adapter refuses to start.
      receipt: { ...RECEIPT, status: "pending", payable: true, amount: 1_000_001 as Receipt["amount"] },
    });

    const response = await post(FORM);
    await settled();

    expect(response.status).toBe(502);
    const html = await response.text();
    expect(html).toContain("We could not reach PayFast. Nothing was charged.");
    expect(html).toContain('value="Thandi"');
    expect(reports).toMatchObject([{ type: "report_payment", reference, status: "failed", amount: null }]);
    expect(logged).toContainEqual(expect.objectContaining({ alert: true, event: "payment_start_failed", board: code }));
  });
});
