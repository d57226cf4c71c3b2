import type { Page } from "playwright-core";
import { HOST_EMAIL } from "../demo-boards.ts";
import { createAsParent, draftAsParent, keepLogin, type Login, signInAsParent } from "../parent.ts";
import type { Platform } from "../platform.ts";
import type { EndedBoards } from "./guest-states.ts";
import { comeFromElsewhere, follow, type State } from "./state.ts";

/** The simulator knows the one, and refuses the other. */
const LINKS = {
  known: "https://www.takealot.com/lego/PLID90000002",
  refused: "https://www.takealot.com/lego/PLID90000403",
};

/** In the order of a host's way, from the idea to the money. */
export async function hostStates(platform: Platform, { closed }: EndedBoards): Promise<State[]> {
  const { worker, mailbox, boards } = platform;
  const [host, maker, beginner, newcomer] = [
    await signInAsParent(platform, HOST_EMAIL),
    await signInAsParent(platform, "thandi@family.example"),
    await signInAsParent(platform, "nomsa@family.example"),
    await signInAsParent(platform, "aisha@family.example"),
  ];
  const made = await createAsParent(platform, maker, await draftAsParent(platform, maker, "Zoë"));
  const [begun, whole] = [
    await draftAsParent(platform, maker, "Zoë", "child"),
    await draftAsParent(platform, maker, "Zoë"),
  ];
  const maya = `/dashboard/${boards[0]?.id}`;

  const open = async (page: Page, login: Login | null, path: string) => {
    if (login !== null) await keepLogin(page, worker, login);
    await page.goto(`${worker}${path}`);
  };
  const at = (login: Login | null, path: string) => (page: Page) => open(page, login, path);

  return [
    { name: "landing", title: "The landing page", show: at(null, "/") },
    { name: "sign-in", title: "Signing in", show: at(null, "/create") },
    { name: "mail-sent", title: "The mail is sent", show: async (page) => void (await askForLink(page)) },
    { name: "verify", title: "The link of the mail", show: followLink },
    { name: "child", title: "The child", show: at(newcomer, "/create/child") },
    { name: "child-mistakes", title: "The child, refused", show: sendNothing },
    { name: "gift-link", title: "A gift by its link", show: (page) => chooseGift(page, LINKS.known) },
    { name: "gift-refused", title: "A link that Takealot does not show us", show: refuseGift },
    { name: "gift-by-hand", title: "A gift by hand", show: typeGift },
    { name: "gift-of-giving", title: "A good cause instead", show: chooseGiving },
    { name: "details", title: "The details", show: at(maker, `/create/details?draft=${whole}`) },
    { name: "review", title: "The review", show: at(maker, `/create/review?draft=${whole}`) },
    { name: "share", title: "The board is live", show: at(maker, made) },
    { name: "invitation", title: "The invitation, before it is printed", show: at(maker, `${made}/invitation`) },
    { name: "dashboard-empty", title: "No boards yet", show: at(newcomer, "/dashboard") },
    { name: "dashboard", title: "Several boards", show: at(host, "/dashboard") },
    { name: "overview", title: "A board's overview", show: at(host, `${maya}/overview`) },
    { name: "contributors", title: "Who chipped in", show: at(host, `${maya}/contributors`) },
    { name: "settings", title: "The settings", show: at(host, `${maya}/settings`) },
    { name: "payout", title: "The payout", show: at(host, `/dashboard/${closed.id}/payout`) },
    { name: "close", title: "Before a board closes", show: at(host, `${maya}/close`) },
    { name: "cancel", title: "Before a board is cancelled", show: at(host, `${maya}/cancel`) },
    { name: "statement", title: "The money statement", show: at(host, `/dashboard/${closed.id}/statement`) },
    { name: "parents", title: "Two parents", show: at(host, `${maya}/parents`) },
    { name: "account", title: "The account", show: at(host, "/account") },
    { name: "sign-in-again", title: "Signed out meanwhile", show: signInAgain },
  ];

  /** @returns the address that was typed: one of each visitor, as each may ask for one link a minute */
  async function askForLink(page: Page): Promise<string> {
    const email = `lindiwe.${Math.floor(Math.random() * 1_000_000)}@family.example`;
    await comeFromElsewhere(page);
    await open(page, null, "/create");
    await page.fill("#email", email);
    await follow(page, "main form button");
    return email;
  }

  async function followLink(page: Page): Promise<void> {
    const email = await askForLink(page);
    const { text = "" } = mailbox.newest().find(({ to }) => to === email) ?? {};
    await page.goto(/http\S+\/auth\/verify\?\S+/.exec(text)?.[0] ?? "");
  }

  async function sendNothing(page: Page): Promise<void> {
    await open(page, beginner, "/create/child");
    await follow(page, "main form button");
  }

  async function chooseGift(page: Page, link: string): Promise<void> {
    await open(page, maker, `/create/gift?draft=${begun}`);
    await page.fill("#product_url", link);
  }

  async function refuseGift(page: Page): Promise<void> {
    await chooseGift(page, LINKS.refused);
    await page.check("[name=overflow_cause_id]");
    await follow(page, "main form button");
  }

  async function typeGift(page: Page): Promise<void> {
    await open(page, maker, `/create/gift?draft=${begun}`);
    await page.fill("#product_name", "20-inch bicycle with basket");
    await page.fill("#product_price", "2,499");
    await page.locator("#product_name").evaluate((field) => field.scrollIntoView({ block: "center" }));
  }

  async function chooseGiving(page: Page): Promise<void> {
    await open(page, maker, `/create/gift?draft=${begun}`);
    await page.check("[name=gift_type][value=philanthropy]");
    await page.check("[name=cause_id]");
  }

  async function signInAgain(page: Page): Promise<void> {
    await open(page, host, `${maya}/settings`);
    await page.context().clearCookies();
    await follow(page, "main form button");
  }
}
