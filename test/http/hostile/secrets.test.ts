import { beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi, type WireBoard } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { arrived, postForm } from "./support.ts";

/** The goal is R3,456, Nomvula gives R777, of which R753.69 reaches the pot. */
const NEVER = {
  surname: /Surnamesecret/,
  message: /Messagesecret/,
  "payout address": /payoutsecret/,
  browser: /Browsersecret/,
  "sender's address": /41\.1\.2\.3/,
  goal: /3,?456|345600/,
  "the raised amount": /753\.69|75369/,
  "the product's number": /PLID/,
};
const ANOTHERS_AMOUNT = /R\s?777|77700|777\.00/;
const GIFT = /Uniquegiftname|lego\.jpg/;

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
      product_image: `${api.origin}/images/demo/lego.jpg`,
      product_price: 345_600,
    },
  });
  const about = { amount: "777", name: "Nomvula Surnamesecret", message: "Messagesecret" };
  const sender = { "user-agent": "Browsersecret", "cf-connecting-ip": "41.1.2.3" };
  reference = (await postForm(api, board.slug, about, sender)).reference ?? "";
  await api.simulate(reference, "pay");
  await arrived(api, board);
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

/** Every way a stranger can look at the board, headers and live message included. */
async function everythingSeen(): Promise<string> {
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
    const heard: string[] = [];
    socket.addEventListener("message", ({ data }) => heard.push(String(data)));
    return await eventually(() => heard[0]);
  } finally {
    socket.close();
  }
}

const seenOnce = async (sign: string) =>
  await eventually(async () => {
    const seen = await everythingSeen();
    return seen.includes(sign) && seen;
  });

describe("what a stranger sees", () => {
  it("holds no amount and nothing private while the gift is collected for", async () => {
    const seen = await seenOnce("Nomvula");
    for (const [what, secret] of Object.entries(NEVER))
      expect([what, secret.exec(seen)?.[0]]).toEqual([what, undefined]);
    expect(seen).not.toMatch(ANOTHERS_AMOUNT);
    expect(seen).toMatch(GIFT);
  });

  it("is the payer's own amount only with the payer's own reference on the payer's own board", async () => {
    const other = await api.createBoard();
    const look = async (slug: string, ref: string) => await (await api.request(`/${slug}/thanks?ref=${ref}`)).text();
    expect(await look(board.slug, reference)).toMatch(/Nomvula.*R777/s);
    for (const page of [
      await look(other.slug, reference),
      await look(board.slug, reference.toUpperCase()),
      await look(board.slug, `%20${reference}`),
    ]) {
      expect(page).not.toMatch(/Nomvula,|R777/);
    }
  });

  it("holds no gift once it is funded, before closing and after", async () => {
    for (let filler = 0; filler < 4; filler += 1) {
      const { reference: paid } = await postForm(api, board.slug, { amount: "970", name: "Filler" });
      await api.simulate(paid ?? "", "pay");
    }
    const funded = await seenOnce('"mode":"charity"');
    for (const [what, secret] of Object.entries(NEVER))
      expect([what, secret.exec(funded)?.[0]]).toEqual([what, undefined]);
    expect(funded).not.toMatch(ANOTHERS_AMOUNT);
    expect(await (await api.request(`/${board.slug}/thanks?ref=${reference}`)).text()).not.toMatch(GIFT);
    expect(funded).not.toMatch(GIFT);

    await api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "goal_reached" });
    const closed = await seenOnce('"phase":"closed"');
    for (const [what, secret] of Object.entries(NEVER))
      expect([what, secret.exec(closed)?.[0]]).toEqual([what, undefined]);
    expect(closed).not.toMatch(GIFT);
  });
});

describe("what the Worker's log says", () => {
  it("holds no name, address, link, reference, key or signature", async () => {
    await postForm(api, board.slug, { name: "Surnamesecret", amount: "no amount" });
    await api.simulate(reference, "bad_signature");
    await api.simulate(reference, "wrong_amount");
    await api.call("GET", `/v1/dream-boards/${board.slug}`, undefined, "cpk_live_ThisIsNobodysKeyThisIsNobodysKey");
    const said = await eventually(async () => {
      const text = JSON.stringify(await api.platform.workerLog());
      return text.includes("amount_mismatch") && text;
    });
    expect(said).toContain(board.slug.slice(-10));
    const { payfastPassphrase, jobSecret } = api.platform.secrets;
    const secrets = [board.slug, reference, payfastPassphrase, jobSecret, api.partner.apiKey, "ThisIsNobodysKey"];
    for (const secret of [...secrets, "Surnamesecret", "Messagesecret", "Browsersecret", "payoutsecret", "41.1.2.3"]) {
      expect(said).not.toContain(secret);
    }
    expect(said).not.toMatch(/signature=|@example\.com/);
  });
});

describe("what partners are sent", () => {
  it("holds no sender, no reference and no host's address", async () => {
    const watched = await api.createBoard({
      payout_method: "karri_card_topup",
      karri_card_number: "5234 9999 8888 7777",
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
