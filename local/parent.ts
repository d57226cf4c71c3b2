import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expectOk, hiddenFields } from "./guest.ts";
import type { Platform } from "./platform.ts";
import { ROOT } from "./worker/build-options.ts";

/** A parent's login, as the header `Cookie` has it. It is good for `PARENT_BROWSER` only. */
export type Login = string;

/** `User-Agent` of the browser with which parents sign in here. */
export const PARENT_BROWSER =
  "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

const LINK = /\/auth\/verify\?token=(\S+)/;

/** Asks for a link and signs in by the one in the mail. At most once a minute for one address. */
export async function signInAsParent({ worker, mailbox }: Platform, email: string): Promise<Login> {
  const headers = { "User-Agent": PARENT_BROWSER };
  const post = (path: string, fields: Record<string, string>) =>
    fetch(`${worker}${path}`, { method: "POST", headers, body: new URLSearchParams(fields), redirect: "manual" });
  await expectOk(await post("/create", { email }), "/create");
  const { text = "" } = mailbox.newest().find((mail) => mail.to === email && LINK.test(mail.text)) ?? {};
  const token = LINK.exec(text)?.[1];
  if (!token) throw new Error(`no mail to ${email} holds a link to sign in`);
  const [cookie] = (await post("/auth/verify", { token })).headers.getSetCookie();
  if (!cookie) throw new Error(`the link in the mail to ${email} did not sign in`);
  return cookie.split(";")[0] ?? "";
}

/** Gives the browser of `page`, a `PARENT_BROWSER`, this login at `origin`. Playwright's own way to do it refuses names that begin with `__Host-`. */
export async function keepLogin(page: Page, origin: string, login: Login): Promise<void> {
  const [name = "", value = ""] = login.split(/=(.*)/);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.setCookie", { name, value, url: origin, path: "/", secure: true, httpOnly: true });
  await devtools.detach();
}

const STEPS = ["child", "gift", "details"] as const;
type FilledStep = (typeof STEPS)[number];
type Fields = Readonly<Record<string, string | Blob>>;

/**
 * Fills in the wizard's steps up to `last`, the way a browser without JavaScript does: a photo, a gift with a picture, a message.
 * @returns the id of the draft
 */
export async function draftAsParent(
  { worker }: Platform,
  login: Login,
  childName: string,
  last: FilledStep = "details",
): Promise<string> {
  const fields = await fieldsFor(childName);
  let next = "/create/child";
  for (const step of STEPS.slice(0, STEPS.indexOf(last) + 1)) {
    next = await sendStep(worker, login, next, step, fields[step]);
  }
  return new URL(next, worker).searchParams.get("draft") ?? "";
}

async function fieldsFor(childName: string): Promise<Record<FilledStep, Fields>> {
  const soon = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  return {
    child: { child_name: childName, birthday_date: soon, photo: await demoPicture("maya") },
    gift: {
      gift_type: "takealot_product",
      product_name: "20-inch bicycle with basket",
      product_price: "2,499",
      product_image: await demoPicture("bicycle"),
      overflow_cause_id: "greenpop",
    },
    details: {
      payout_method: "takealot_gift_card",
      payout_email: "thandi@family.example",
      message: `${childName} has outgrown the little red one. Thank you for helping!`,
      deadline: soon,
    },
  };
}

/** Agrees to what the review shows. @returns the path of the new board, `/dashboard/db_…` */
export async function createAsParent({ worker }: Platform, login: Login, draft: string): Promise<string> {
  return await sendStep(worker, login, `/create/review?draft=${draft}`, "review", { consent: "1" });
}

/** Opens `path` and sends its form. @returns where the answer leads */
async function sendStep(worker: string, login: Login, path: string, step: string, fields: Fields): Promise<string> {
  const headers = headersOf(login);
  const page = await (await expectOk(await fetch(`${worker}${path}`, { headers }), path)).text();
  const body = new FormData();
  for (const [name, value] of [...hiddenFields(page), ...Object.entries(fields)]) body.set(name, value);
  const answer = await fetch(`${worker}/create/${step}`, { method: "POST", headers, body, redirect: "manual" });
  const location = answer.headers.get("location");
  if (!location) throw new Error(`/create/${step} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  return location;
}

/** Of a request of the browser that has this login. */
export function headersOf(login: Login): Record<string, string> {
  return { Cookie: login, "User-Agent": PARENT_BROWSER };
}

async function demoPicture(name: string): Promise<Blob> {
  return new Blob([await readFile(join(ROOT, `public/images/demo/${name}.webp`))], { type: "image/webp" });
}
