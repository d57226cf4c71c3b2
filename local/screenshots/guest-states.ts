import type { Page } from "playwright-core";
import { contributeAsGuest } from "../guest.ts";
import type { Platform } from "../platform.ts";
import { comeFromElsewhere, follow, type State } from "./state.ts";

const PAY = { amount: "250", name: "Gogo Thandi", provider: "payfast" } as const;

/** Boards that have ended, made for the pictures: their public ids and slugs. */
export type EndedBoards = Readonly<Record<"closed" | "cancelled", { id: string; slug: string }>>;

/** Ends one board by hand and cancels one, and brings the second demo board to its goal. */
export async function endBoards({ worker, boards, partner, simulate }: Platform): Promise<EndedBoards> {
  const call = async (method: string, path: string, body: unknown) => {
    const headers = { Authorization: `Bearer ${partner.apiKey}`, "Content-Type": "application/json" };
    const answer = await fetch(`${worker}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}`);
    return (await answer.json()) as { data: { id: string; slug: string } };
  };
  const newBoard = async (childName: string) => {
    const { data } = await call("POST", "/v1/dream-boards", boardOf(worker, childName));
    const { reference } = await contributeAsGuest(worker, data.slug, PAY);
    await simulate({ provider: "payfast", reference, outcome: "pay" });
    return data;
  };
  const [closed, cancelled] = [await newBoard("Naledi"), await newBoard("Ruan")];
  await call("POST", `/v1/dream-boards/${closed.id}/close`, { reason: "manual" });
  await call("PATCH", `/v1/dream-boards/${cancelled.id}`, { status: "cancelled" });
  const last = await contributeAsGuest(worker, boards[1]?.slug ?? "", { ...PAY, amount: "2000" });
  await simulate({ provider: "payfast", reference: last.reference, outcome: "pay" });
  return { closed, cancelled };
}

/** In the order of a guest's way. */
export function guestStates({ worker, boards }: Platform, { closed, cancelled }: EndedBoards): State[] {
  const [maya, liam] = boards.map(({ slug }) => slug);
  const at = (path: string) => async (page: Page) => void (await page.goto(`${worker}${path}`));
  return [
    { name: "board", title: "A board", show: at(`/${maya}`) },
    { name: "form", title: "The form", show: at(`/${maya}/contribute`) },
    { name: "mistakes", title: "The form, refused", show: (page) => sendForm(page, { amount: "5" }) },
    { name: "scan", title: "A code to scan", show: (page) => sendForm(page, { amount: "200", provider: "snapscan" }) },
    { name: "thanks", title: "Paid", show: (page) => pay(page, "pay") },
    { name: "receipt", title: "A signed receipt", show: showReceipt },
    { name: "confirming", title: "Waiting for the provider", show: (page) => pay(page, "silent") },
    { name: "failed", title: "A payment that failed", show: (page) => pay(page, "fail") },
    { name: "funded", title: "The goal is reached", show: at(`/${liam}`) },
    { name: "closed", title: "A closed board", show: at(`/${closed.slug}`) },
    { name: "cancelled", title: "A cancelled board", show: at(`/${cancelled.slug}`) },
    { name: "report", title: "Reporting a board", show: at("/report") },
    { name: "fees", title: "Refunds and fees", show: at("/fees") },
    { name: "not-found", title: "No such board", show: at("/somewhere") },
  ];

  async function sendForm(page: Page, { amount, provider = "payfast" }: { amount: string; provider?: string }) {
    await comeFromElsewhere(page);
    await page.goto(`${worker}/${maya}/contribute`);
    await page.fill("#amount", amount);
    await page.fill("#name", PAY.name);
    await page.check(`input[name=provider][value=${provider}]`);
    await follow(page, "[data-pay]");
  }

  async function pay(page: Page, outcome: string) {
    await sendForm(page, { amount: PAY.amount });
    await page.click(`button[name=outcome][value=${outcome}]`);
    await page.waitForURL(new RegExp(`^${worker}/`));
    await page.waitForLoadState();
    // The page waits for the provider's word by itself.
    if (outcome !== "silent") await page.waitForSelector("main:not([data-confirm])");
  }

  async function showReceipt(page: Page) {
    await pay(page, "pay");
    await page.click("details.signed summary");
    await page.click("details.signed p a");
    await page.waitForSelector("[data-result]:not([hidden])");
  }
}

function boardOf(origin: string, childName: string) {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  return {
    child_name: childName,
    child_photo_url: `${origin}/images/demo/maya.webp`,
    birthday_date: inDays(20).slice(0, 10),
    gift_type: "takealot_product",
    gift_data: {
      product_url: "https://www.takealot.com/kids-bicycle-20-inch/PLID91234567",
      product_name: "20-inch bicycle with basket",
      product_image: `${origin}/images/demo/bicycle.webp`,
      product_price: 249_900,
    },
    payout_method: "takealot_gift_card",
    overflow_gift_data: { cause_id: "greenpop", cause_name: "Plant Trees", impact_description: "Plant 10 trees" },
    goal_cents: 249_900,
    payout_email: "lerato@family.example",
    deadline: inDays(15),
  };
}
