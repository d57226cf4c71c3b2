import type { ProviderName } from "./simulators/outcomes.ts";
import { PASSED_CHALLENGE } from "./simulators/turnstile.ts";

export type GuestContribution<Provider extends ProviderName = ProviderName> = {
  amount: string;
  name?: string;
  message?: string;
  coverFee?: boolean;
  /** PayFast unless given */
  provider?: Provider;
  /** The IP address the guest comes from. */
  address?: string;
  /** Whether a challenge is solved, should the form ask for one. */
  solvesChallenge?: boolean;
};

/** The form that a guest's browser posts to PayFast. */
export type CheckoutForm = { action: string; fields: URLSearchParams; reference: string };
/** How the guest gets from our page to each provider: a form, a redirect, or the link of a QR code. */
export type Checkouts = {
  payfast: CheckoutForm;
  ozow: { location: string; reference: string };
  snapscan: { link: string; reference: string };
};

/**
 * Fills in the contribute page the way a browser without JavaScript does.
 * @throws Error with the page's status when the form is not accepted.
 */
export async function contributeAsGuest<Provider extends ProviderName = "payfast">(
  origin: string,
  slug: string,
  gift: GuestContribution<Provider>,
): Promise<Checkouts[Provider]> {
  const address = `${origin}/${slug}/contribute`;
  const provider: ProviderName = gift.provider ?? "payfast";
  const answer = await postForm(origin, address, gift, provider);
  const read = { payfast: readForm, ozow: readRedirect, snapscan: readCode }[provider];
  // The provider decides the shape of the answer, which the compiler cannot follow through the table.
  return (await read(answer, address)) as Checkouts[Provider];
}

/** The providers a board's contribute page offers. */
export async function offeredProviders(origin: string, slug: string): Promise<string[]> {
  const address = `${origin}/${slug}/contribute`;
  const page = await (await expectOk(await fetch(address), address)).text();
  return inputs(page).flatMap(({ name, value }) => (name === "provider" ? [value] : []));
}

async function postForm(
  origin: string,
  address: string,
  { amount, name = "", message = "", coverFee = false, address: from, solvesChallenge = false }: GuestContribution,
  provider: ProviderName,
): Promise<Response> {
  const sender = from === undefined ? {} : { "CF-Connecting-IP": from };
  const page = await (await expectOk(await fetch(address, { headers: sender }), address)).text();
  const { submission = "" } = Object.fromEntries(hiddenFields(page));
  const form = new URLSearchParams({ amount, name, message, provider, submission });
  if (coverFee) form.set("cover_fee", "on");
  if (solvesChallenge) form.set("cf-turnstile-response", PASSED_CHALLENGE);
  const headers = { ...sender, origin, "sec-fetch-site": "same-origin" };
  return fetch(address, { method: "POST", body: form, headers, redirect: "manual" });
}

async function readForm(answer: Response, address: string): Promise<Checkouts["payfast"]> {
  const checkout = await (await expectOk(answer, address)).text();
  const action = unescapeHtml(/<form[^>]*\baction="([^"]+)"/.exec(checkout)?.[1] ?? "");
  const fields = new URLSearchParams(hiddenFields(checkout));
  const reference = fields.get("m_payment_id");
  if (!action || !reference) throw new Error(`${address} answered without a form for PayFast`);
  return { action, fields, reference };
}

/** The redirect contains Ozow's id of the payment, and Ozow's page shows our reference. */
async function readRedirect(answer: Response, address: string): Promise<Checkouts["ozow"]> {
  const location = answer.headers.get("location");
  if (answer.status !== 303 || !location) {
    await expectOk(answer, address);
    throw new Error(`${address} answered ${answer.status} instead of a redirect to Ozow`);
  }
  await answer.body?.cancel();
  const page = await expectOk(await fetch(location, { headers: { accept: "application/json" } }), location);
  const { reference } = (await page.json()) as { reference: string };
  return { location, reference };
}

async function readCode(answer: Response, address: string): Promise<Checkouts["snapscan"]> {
  const page = await (await expectOk(answer, address)).text();
  const link = unescapeHtml(/<a\b[^>]*\bhref="([^"]*\/qr\/[^"]*)"/.exec(page)?.[1] ?? "");
  const reference = URL.canParse(link) && new URL(link).searchParams.get("id");
  if (!reference) throw new Error(`${address} answered without a link for SnapScan`);
  return { link, reference };
}

/** @throws Error with the status and the beginning of the page, unless `response` is a success. */
export async function expectOk(response: Response, address: string): Promise<Response> {
  if (response.ok) return response;
  throw new Error(`${address} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
}

export function hiddenFields(page: string): [name: string, value: string][] {
  return inputs(page).flatMap(({ type, name, value }) =>
    type === "hidden" ? [[name, value] as [string, string]] : [],
  );
}

function inputs(page: string): { type: string; name: string; value: string }[] {
  return [...page.matchAll(/<input\b[^>]*>/g)].map(([tag]) => {
    const of = (attribute: string) => unescapeHtml(new RegExp(`\\b${attribute}="([^"]*)"`).exec(tag)?.[1] ?? "");
    return { type: of("type"), name: of("name"), value: of("value") };
  });
}

function unescapeHtml(text: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'" };
  return text.replace(/&(amp|lt|gt|quot|#39|#x27);/g, (entity, name: string) => named[name] ?? entity);
}
