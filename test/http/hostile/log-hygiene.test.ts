import { expect, it } from "vitest";
import { ADMIN_EMAIL } from "../../../local/environment.ts";
import { JOB_NAMES } from "../../../src/jobs/schedule.ts";
import { startApi } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";
import { postForm, signedNotice, waitForProjection } from "./support.ts";

const api = await startApi({ set: { PAYFAST_SOURCE_CHECK: "enforce", PAYFAST_SOURCE_CIDRS: "127.0.0.1/32" } });

/** Texts of people and strangers. Each is in some request below, and none may be in a line of the log. */
const TEXTS = [
  "Childsecret",
  "Giftsecret",
  "Guestsecret",
  "Messagesecret",
  "Browsersecret",
  "Holdersecret",
  "Notesecret",
  "Strangersecret",
  "Endpointsecret",
  "payoutsecret@example.com",
  "strangersecret@private.example",
  ADMIN_EMAIL,
  "41.1.2.3",
  "2001:db8:77::5",
  "5234999988887777",
];
const HEADERS = { "user-agent": "Browsersecret", "cf-connecting-ip": "41.1.2.3" };
const OTHER_HEADERS = { ...HEADERS, "cf-connecting-ip": "2001:db8:77::5" };

const lines = new Map<string, { event?: string }>();

/** The runtime keeps the newest lines only, so they are collected after each journey. */
async function collect(...events: string[]): Promise<void> {
  await eventually(async () => {
    for (const { message } of await api.platform.workerLog()) lines.set(message, parsed(message));
    const seen = new Set([...lines.values()].map(({ event }) => event));
    expect(events.filter((event) => !seen.has(event))).toEqual([]);
    return true;
  });
}

function parsed(message: string): { event?: string } {
  try {
    return JSON.parse(message);
  } catch {
    return {};
  }
}

const setMode = async (what: string, mode: string) => {
  const answer = await fetch(`${api.console}/modes/${what}`, { method: "POST", body: new URLSearchParams({ mode }) });
  expect(answer.ok).toBe(true);
};
const operate = (method: string, path: string, body?: unknown, headers: HeadersInit = api.operatorHeaders) =>
  api.request(`/internal${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });

it("no line of the log holds a name, a text, an address, a slug, a whole reference or a secret, whatever goes wrong", async () => {
  const about = { child_name: "Childsecret", payout_email: "payoutsecret@example.com" };
  const karri = { payout_method: "karri_card_topup", karri_card_number: "5234 9999 8888 7777" };
  const hook = { url: `${api.console}/receiver?token=Endpointsecret`, events: ["contribution.received", "pot.closed"] };
  expect((await api.call("POST", "/v1/webhooks", { ...hook, secret: "Secretofthehook" })).status).toBe(201);
  const board = await api.createBoard({
    ...about,
    gift_data: {
      product_url: "https://www.takealot.com/blocks/PLID90000001",
      product_name: "Giftsecret",
      product_image: `${api.origin}/images/demo/lego.webp`,
      product_price: 345_600,
    },
  });
  const card = await api.createBoard({ ...about, ...karri, karri_cardholder_name: "Holdersecret" });
  const secrets = [board.slug, card.slug, "Secretofthehook", api.partner.apiKey, api.platform.secrets.jobSecret];

  // Payments that go well, and those that do not.
  const guest = { name: "Guestsecret", message: "Messagesecret" };
  for (const outcome of ["pay", "wrong_amount", "bad_signature", "duplicate", "fail", "cancel"] as const) {
    const { reference = "" } = await postForm(api, card.slug, guest, outcome === "pay" ? HEADERS : OTHER_HEADERS);
    // From the sixth on the guest is asked to wait.
    if (reference === "") continue;
    secrets.push(reference);
    await api.simulate(reference, outcome);
  }
  for (const provider of ["ozow", "snapscan"] as const) {
    const { reference } = await api.contribute(board.slug, { ...guest, amount: "200", provider });
    secrets.push(reference);
    await api.simulate(reference, "wrong_amount", provider);
    await api.simulate(reference, "pay", provider);
  }
  // Authentic, from an address that is not PayFast's, which the line names by its network.
  const signed = { method: "POST", body: signedNotice(api, { m_payment_id: secrets[5] ?? "" }), headers: HEADERS };
  expect((await api.request("/api/webhooks/payfast", signed)).status).toBe(403);
  await setMode("ozow", "down");
  await postForm(api, board.slug, { ...guest, provider: "ozow" }, HEADERS);
  await setMode("ozow", "works");
  await collect("request", "callback", "payment_start_failed", "flag_opened", "webhook_batch");

  // Addresses and bodies of strangers.
  const [reference = ""] = secrets.slice(5);
  for (const path of ["thanks", "thanks.json", "pay", "payment-failed", "live", "nothing"]) {
    await api.request(`/${card.slug}/${path}?ref=${reference}`, { headers: HEADERS });
  }
  for (const path of ["Strangersecret", `x-${board.slug}`, "v1/Strangersecret", "api/webhooks/Strangersecret"]) {
    await api.request(`/${path}`, { method: "POST", headers: HEADERS, body: "Strangersecret" });
    await api.request(`/${path}?mail=strangersecret@private.example`, { headers: HEADERS });
  }
  for (const body of [
    "strangersecret@private.example=1&strangersecret@private.example=2",
    `m_payment_id=${reference}&payment_status=Strangersecret&signature=Strangersecret`,
    '{"type":"Strangersecret","data":"strangersecret@private.example"',
    `payload=${encodeURIComponent(`{"id":"Strangersecret","merchantReference":"${reference}"}`)}`,
  ]) {
    for (const provider of ["payfast", "ozow", "snapscan"]) {
      await api.request(`/api/webhooks/${provider}`, { method: "POST", body, headers: HEADERS });
    }
  }
  await api.call("POST", "/v1/dream-boards", { child_name: "Strangersecret", payout_email: "Strangersecret" });
  await api.request("/v1/dream-boards", { method: "POST", body: '{"Strangersecret"', headers: { ...HEADERS } });
  await api.call("GET", `/v1/dream-boards/${board.slug}`, undefined, "cpk_live_StrangersecretStrangersecret1234");
  await operate("GET", "/payments", undefined, { Authorization: "Bearer Strangersecret", ...HEADERS });
  await collect("operator_sign_in_failed");

  // Outages.
  api.gateway.pause();
  await postForm(api, board.slug, { ...guest, name: "Guestsecret" }, HEADERS);
  await operate("POST", "/providers/ozow/pause", { reason: "Notesecret" });
  await operate("POST", "/providers/ozow/resume");
  await api.call("GET", `/v1/dream-boards/${board.id}/contributions`);
  await collect("projection_waits");
  api.gateway.resume();
  await waitForProjection(api, board);
  await setMode("mailbox", "refuse");
  const note = { note: "Notesecret" };
  expect((await operate("POST", `/boards/${card.id}/hold`, note)).status).toBe(200);
  expect((await operate("POST", `/boards/${board.id}/close`, { ...note, confirm: board.slug })).status).toBe(200);
  await operate("POST", `/boards/${card.slug}/cancel`, { ...note, confirm: "Strangersecret" });
  await operate("GET", "/hosts/payoutsecret@example.com/export");
  await operate("GET", "/refunds/Strangersecret");
  for (const job of JOB_NAMES) await operate("POST", `/jobs/${job}`);
  await collect("mail_not_taken", "board_command");

  const found = [...lines.keys()].flatMap((line) =>
    [...TEXTS, ...secrets]
      .filter((secret) => line.toLowerCase().includes(secret.toLowerCase()))
      .map((it) => [it, line]),
  );
  expect(found).toEqual([]);
  expect([...lines.keys()].filter((line) => line.includes('"source_refused","detail":"41.1.2.0/24"'))).toHaveLength(1);
  expect(secrets.length).toBeGreaterThan(9);
  expect(lines.size).toBeGreaterThan(60);
});
