import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { contributions } from "#database/schema";
import { type Api, startApi, type WireBoard } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { boardStates, postForm, sendRaw, waitForProjection } from "./support.ts";

let api: Api;
let board: WireBoard;
beforeAll(async () => {
  api = await startApi();
  board = await api.createBoard();
});

describe("contribution form", () => {
  it.each([
    ["20", "20.00"],
    ["10000", "10000.00"],
    ["R 1 250", "1250.00"],
    ["1,250.50", "1250.50"],
    ["200.5", "200.50"],
  ])("the form charges the amount %j as %s", async (amount, charge) => {
    expect(await postForm(api, board.slug, { amount })).toMatchObject({ status: 200, charge });
  });

  it.each([
    "",
    "0",
    "-0",
    "-200",
    "19.99",
    "19.999",
    "20.",
    ".5",
    "10000.01",
    "1e3",
    "1e400",
    "0x20",
    "+200",
    "NaN",
    "Infinity",
    "２００",
    "२००",
    "12,50",
    "1,2,3",
    "RR200",
    "200\u0000",
    "1\u200b00",
    "200;DROP TABLE contributions",
    "9".repeat(400),
  ])("the form refuses the amount %j and keeps the typed name", async (amount) => {
    const before = await boardStates(api, board);
    const { status, page } = await postForm(api, board.slug, { amount, name: "Kept Name" });
    expect(status).toBe(422);
    expect(page).toContain('value="Kept Name"');
    expect(await boardStates(api, board)).toEqual(before);
  });

  it.each([
    ["9700", 200],
    ["9700.01", 422],
  ])("a request to cover the fee of %s is answered %i", async (amount, status) => {
    expect((await postForm(api, board.slug, { amount, cover_fee: "1" })).status).toBe(status);
  });

  it.each(["paypal", "OZOW", "snapscan,ozow", "PAYFAST", "payfast ", "", "__proto__", "constructor", "payfast\u0000"])(
    "the form refuses the provider %j",
    async (provider) => {
      const before = await boardStates(api, board);
      expect((await postForm(api, board.slug, { provider })).status).toBe(422);
      expect(await boardStates(api, board)).toEqual(before);
    },
  );

  it.each([
    "",
    "short",
    "a".repeat(65),
    "x".repeat(20_000),
    "__proto__________",
    "aaaaaaaaaaaaaaaa\n",
    "<script>aaaaaaaaaa",
  ])("the form refuses the submission id %j", async (submission) => {
    const before = await boardStates(api, board);
    expect((await postForm(api, board.slug, { submission })).status).toBe(422);
    expect(await boardStates(api, board)).toEqual(before);
  });

  it.each([
    ["JSON", "application/json", '{"amount":"200","provider":"payfast"}'],
    ["plain text", "text/plain", "amount=200&provider=payfast"],
    ["UTF-16", "application/x-www-form-urlencoded", Buffer.from("amount=200&provider=payfast", "utf16le")],
    ["unterminated multipart", "multipart/form-data; boundary=zz", "--zz\r\nContent-Disposition: form-data"],
    ["multipart without a boundary", "multipart/form-data", "--zz\r\n"],
    ["list fields", "application/x-www-form-urlencoded", "amount[]=200&provider[]=payfast"],
    ["an empty body", "application/x-www-form-urlencoded", ""],
  ])("a post of %s is answered 422 with the form", async (_what, type, body) => {
    const before = await boardStates(api, board);
    const headers = { "content-type": type };
    const answer = await api.request(`/${board.slug}/contribute`, { method: "POST", headers, body: body as BodyInit });
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("data-chip-in");
    expect(await boardStates(api, board)).toEqual(before);
  });

  it("a post with two amounts is answered 422", async () => {
    const body = `amount=200&amount=5000&provider=payfast&submission=${crypto.randomUUID()}`;
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect((await api.request(`/${board.slug}/contribute`, { method: "POST", headers, body })).status).toBe(422);
  });

  it("twenty concurrent posts of one submission make one contribution, and a changed post makes another", async () => {
    const tapped = await api.createBoard();
    const submission = crypto.randomUUID();
    const taps = await Promise.all(Array.from({ length: 20 }, () => postForm(api, tapped.slug, { submission })));
    expect(new Set(taps.map(({ status, reference }) => `${status} ${reference}`)).size).toBe(1);
    expect((await boardStates(api, tapped))[0]?.headSeq).toBe(2);
    const changed = await postForm(api, tapped.slug, { submission, name: "Ann" });
    expect(changed.reference).not.toBe(taps[0]?.reference);
  });

  it("a contribution to a board that closed after its page was read is answered 409 and not recorded", async () => {
    const closed = await api.createBoard();
    await api.request(`/${closed.slug}`);
    await api.call("POST", `/v1/dream-boards/${closed.id}/close`, { reason: "manual" });
    expect((await postForm(api, closed.slug, {})).status).toBe(409);
    expect((await boardStates(api, closed))[0]?.headSeq).toBe(2);
  });
});

describe("text and headers from guests", () => {
  it.each([
    ["with a zero byte", "Ann\u0000"],
    ["with a right-to-left override", "\u202enimda"],
    ["with a mail header", "Ann\r\nBcc: everyone@example.com"],
    ["that is HTML", "<script>alert(1)</script>"],
    ["that is SQL", "'; DROP TABLE contributions; --"],
    ["with a family emoji", "👨‍👩‍👧‍👦 Naidoo"],
    ["of a hundred letters", "é".repeat(100)],
    ["with noncharacters", "a\ufffe\uffff"],
    ["with a line separator", "a\u2028b"],
    ["that is a formula", "=HYPERLINK(1)"],
  ])("a guest name %s reaches Postgres without control characters", async (_what, text) => {
    const { reference } = await postForm(api, board.slug, { name: text, message: text });
    await waitForProjection(api, board);
    const [row] = await api.db
      .select()
      .from(contributions)
      .where(eq(contributions.paymentRef, reference ?? ""));
    expect(row?.contributorName).toBeTruthy();
    expect(row?.contributorName).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  it("HTML in names and messages is escaped on the board and in the mail", async () => {
    const shown = await api.createBoard({ message: "<img src=x onerror=alert(1)>" });
    const { reference } = await postForm(api, shown.slug, { name: "<b>Ann</b>", message: "<script>alert(1)</script>" });
    await api.simulate(reference ?? "", "pay");
    const page = await eventually(async () => {
      const text = await (await api.request(`/${shown.slug}`)).text();
      return text.includes("&lt;b&gt;Ann") && text;
    });
    expect(page).not.toMatch(/<b>Ann|<img src=x/);
    const mail = await eventually(() =>
      api.platform.mailbox.newest().find(({ subject }) => subject.includes("<b>Ann")),
    );
    expect(mail.html).not.toMatch(/<b>Ann|<script>alert/);
  });

  it.each<[string, Buffer]>([
    ["an emoji at the length limit", Buffer.from(`${"a".repeat(299)}😀`)],
    ["bytes that are not text", Buffer.from([0x61, 0xff, 0xc3, 0x28, 0xed, 0xa0, 0x80])],
    ["control characters", Buffer.from("a\u0001\u001bb\tc")],
    ["twelve thousand letters", Buffer.from("a".repeat(12_000))],
  ])("a contribution with %s as its User-Agent is recorded", async (_what, userAgent) => {
    const visited = await api.createBoard();
    const form = new URLSearchParams({
      amount: "200",
      provider: "payfast",
      submission: crypto.randomUUID(),
    }).toString();
    const head = [
      `POST /${visited.slug}/contribute HTTP/1.1`,
      "Host: chipin",
      "Connection: close",
      "Content-Type: application/x-www-form-urlencoded",
      `Content-Length: ${form.length}`,
      "User-Agent: ",
    ].join("\r\n");
    const answer = await sendRaw(api, Buffer.concat([Buffer.from(head), userAgent, Buffer.from(`\r\n\r\n${form}`)]));
    expect(answer.status).toBe(200);
    expect(await waitForProjection(api, visited)).toMatchObject({ headSeq: 2 });
  });

  it.each([
    "garbage",
    "1.2.3.4, 5.6.7.8",
    "1.2.3.4'",
    "999.1.1.1",
    "::ffff:1.2.3.4",
    "2001:db8::1",
    "fe80::1%eth0",
    "::1%lo",
  ])("a contribution from the client address %j is recorded", async (address) => {
    const visited = await api.createBoard();
    const { status } = await postForm(api, visited.slug, {}, { "cf-connecting-ip": address });
    expect(status).toBe(200);
    expect(await waitForProjection(api, visited)).toMatchObject({ headSeq: 2 });
  });
});
