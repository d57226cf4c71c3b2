import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi, type WireBoard } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { postForm, waitForProjection } from "./support.ts";

/** The goal is R3,456. Nomvula gives R777, of which R753.69 counts after the fee. */
const PRIVATE_DATA = {
  surname: /Surnamesecret/,
  message: /Messagesecret/,
  "payout address": /payoutsecret/,
  browser: /Browsersecret/,
  "IP address": /41\.1\.2\.3/,
  goal: /3,?456|345600/,
  "the raised amount": /753\.69|75369/,
  "the product id": /PLID/,
};
const OTHER_AMOUNT = /R\s?777|77700|777\.00/;
const GIFT = /Uniquegiftname|lego\.webp/;

let api: Api;
let board: WireBoard;
let reference: string;
beforeAll(async () => {
  api = await startApi();
  board = await api.createBoard({
    child_name: "Zinhle",
    goal_cents: 345_600,
    payout_email: "payoutsecret@example.com",
    gift_data: {
      product_url: "https://www.takealot.com/blocks/PLID90000001",
      product_name: "Uniquegiftname",
      product_image: `${api.origin}/images/demo/lego.webp`,
      product_price: 345_600,
    },
  });
  const about = { amount: "777", name: "Nomvula Surnamesecret", message: "Messagesecret" };
  const sender = { "user-agent": "Browsersecret", "cf-connecting-ip": "41.1.2.3" };
  reference = (await postForm(api, board.slug, about, sender)).reference ?? "";
  await api.simulate(reference, "pay");
  await waitForProjection(api, board);
});

const PATHS = [
  "",
  "/contribute",
  "/contribute?amount=300",
  "/thanks",
  "/thanks?ref=00000000000000000000",
  "/thanks.json?ref=x",
  "/live.json",
  "/payment-failed",
  "?cancelled=true",
  "/contribute?amount=abc",
];

/** All public pages of the board with their headers, and the live message. */
async function publicContent(): Promise<string> {
  const answers = await Promise.all(PATHS.map((path) => api.request(`/${board.slug}${path}`)));
  const texts = await Promise.all(
    answers.map(async (answer) => JSON.stringify([...answer.headers]) + (await answer.text())),
  );
  const refused = await postForm(api, board.slug, { amount: "no amount" });
  return [...texts, refused.page, await liveMessage()].join("\n");
}

async function liveMessage(): Promise<string> {
  const socket = new WebSocket(`${api.origin.replace("http", "ws")}/${board.slug}/live`);
  try {
    const messages: string[] = [];
    socket.addEventListener("message", ({ data }) => messages.push(String(data)));
    return await eventually(() => messages[0]);
  } finally {
    socket.close();
  }
}

const publicContentWith = async (text: string) =>
  await eventually(async () => {
    const content = await publicContent();
    return content.includes(text) && content;
  });

describe("public pages", () => {
  it("public pages show the gift, but no amount and no private data, before the board is funded", async () => {
    const seen = await publicContentWith("Nomvula");
    for (const [what, secret] of Object.entries(PRIVATE_DATA))
      expect([what, secret.exec(seen)?.[0]]).toEqual([what, undefined]);
    expect(seen).not.toMatch(OTHER_AMOUNT);
    expect(seen).toMatch(GIFT);
  });

  it("the thanks page shows an amount only to its payer, for its own reference on its own board", async () => {
    const other = await api.createBoard();
    const thanksPage = async (slug: string, ref: string) =>
      await (await api.request(`/${slug}/thanks?ref=${ref}`, { headers: { Cookie: `payer-${reference}=0` } })).text();
    expect(await (await api.request(`/${board.slug}/thanks?ref=${reference}`)).text()).not.toMatch(/Nomvula,|R777/);
    expect(await thanksPage(board.slug, reference)).toMatch(/Nomvula.*R777/s);
    for (const page of [
      await thanksPage(other.slug, reference),
      await thanksPage(board.slug, reference.toUpperCase()),
      await thanksPage(board.slug, `%20${reference}`),
    ]) {
      expect(page).not.toMatch(/Nomvula,|R777/);
    }
  });

  it("public pages contain no gift and no private data after the board is funded and after it is closed", async () => {
    for (let filler = 0; filler < 4; filler += 1) {
      const { reference: paid } = await postForm(api, board.slug, { amount: "970", name: "Filler" });
      await api.simulate(paid ?? "", "pay");
    }
    const funded = await publicContentWith('"mode":"charity"');
    for (const [what, secret] of Object.entries(PRIVATE_DATA))
      expect([what, secret.exec(funded)?.[0]]).toEqual([what, undefined]);
    expect(funded).not.toMatch(OTHER_AMOUNT);
    expect(await (await api.request(`/${board.slug}/thanks?ref=${reference}`)).text()).not.toMatch(GIFT);
    expect(funded).not.toMatch(GIFT);

    await api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "goal_reached" });
    const closed = await publicContentWith('"phase":"closed"');
    for (const [what, secret] of Object.entries(PRIVATE_DATA))
      expect([what, secret.exec(closed)?.[0]]).toEqual([what, undefined]);
    expect(closed).not.toMatch(GIFT);
  });
});

describe("Worker log", () => {
  it("the Worker log contains no name, address, link, reference, key or signature", async () => {
    await postForm(api, board.slug, { name: "Surnamesecret", amount: "no amount" });
    await api.simulate(reference, "bad_signature");
    await api.simulate(reference, "wrong_amount");
    await api.call("GET", `/v1/dream-boards/${board.slug}`, undefined, "cpk_live_UnknownSecretKeyUnknownSecretKey");
    const log = await eventually(async () => {
      const text = JSON.stringify(await api.platform.workerLog());
      return text.includes("amount_mismatch") && text;
    });
    expect(log).toContain(board.slug.slice(-10));
    const { payfastPassphrase, jobSecret } = api.platform.secrets;
    const secrets = [board.slug, reference, payfastPassphrase, jobSecret, api.partner.apiKey, "UnknownSecretKey"];
    for (const secret of [...secrets, "Surnamesecret", "Messagesecret", "Browsersecret", "payoutsecret", "41.1.2.3"]) {
      expect(log).not.toContain(secret);
    }
    expect(log).not.toMatch(/signature=|@example\.com/);
  });

  it("the Worker log contains no parameter of a query that Postgres refused", async () => {
    await api.db.execute(sql`ALTER TABLE hosts RENAME TO hosts_gone`);
    try {
      const answer = api.createBoard({ payout_email: "payoutsecret@example.com" });
      await expect(answer).rejects.toThrow("500");
    } finally {
      await api.db.execute(sql`ALTER TABLE hosts_gone RENAME TO hosts`);
    }
    const log = await eventually(async () => {
      const text = JSON.stringify(await api.platform.workerLog());
      return text.includes("internal_error") && text;
    });
    expect(log).not.toContain("payoutsecret");
  });
});

describe("webhook deliveries", () => {
  it("webhook deliveries contain no card number, client data, reference or webhook secret", async () => {
    const watched = await api.createBoard({
      payout_method: "karri_card_topup",
      karri_card_number: "5234 9999 8888 7777",
      karri_cardholder_name: "Lindiwe Mokoena",
    });
    const endpoint = {
      url: `${api.console}/receiver`,
      events: ["contribution.received", "pot.closed", "payout.ready"],
    };
    expect((await api.call("POST", "/v1/webhooks", { ...endpoint, secret: "Secretofthehook" })).status).toBe(201);
    const sender = { "user-agent": "Browsersecret", "cf-connecting-ip": "41.1.2.3" };
    const given = await postForm(api, watched.slug, { amount: "500", name: "Ann" }, sender);
    await api.simulate(given.reference ?? "", "pay");
    await api.call("POST", `/v1/dream-boards/${watched.id}/close`, { reason: "manual" });
    const sent = await eventually(() => {
      const deliveries = api.platform.receiver.newest();
      return deliveries.length >= 3 && JSON.stringify(deliveries);
    });
    expect(sent).toContain("7777");
    for (const secret of ["523499998888", "Browsersecret", "41.1.2.3", "Secretofthehook", given.reference ?? "none"]) {
      expect(sent).not.toContain(secret);
    }
  });
});
