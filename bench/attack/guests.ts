import { contributeAsGuest, type GuestContribution } from "../../local/guest.ts";
import type { Platform } from "../../local/platform.ts";

/** What a guest gives, in rand. */
const AMOUNT = "200";
const REPEATS = 30;
const REPEAT_MS = 500;

/** Milliseconds from opening the form to the provider's notice being taken, of each guest. */
export type Served = Readonly<{ ms: number[]; references: string[] }>;

/**
 * Guests at a steady pace, whatever the answers do, from 250 addresses: the board's page, the form, the
 * payment. A guest who meets a challenge solves it. @throws Error when one is not served
 */
export async function serveGuests(
  platform: Platform,
  slug: string,
  { count, perSecond, first }: { count: number; perSecond: number; first: number },
): Promise<Served> {
  const startedAt = performance.now() + 50;
  const guests = Array.from({ length: count }, async (_, n) => {
    const dueAt = startedAt + (n * 1_000) / perSecond;
    await new Promise((resolve) => setTimeout(resolve, dueAt - performance.now()));
    const reference = await contribute(platform, slug, first + n);
    const [callback] = await platform.simulate({ provider: "payfast", reference, outcome: "pay" });
    if (callback?.status !== 200) await sendAgain(platform);
    return { ms: performance.now() - dueAt, reference };
  });
  const served = await Promise.all(guests);
  return { ms: served.map(({ ms }) => ms), references: served.map(({ reference }) => reference) };
}

/** PayFast repeats what was not taken; here at once, so that the guest's time goes on meanwhile. */
async function sendAgain({ payfast }: Platform): Promise<void> {
  for (let time = 0; time < REPEATS; time += 1) {
    if ((await payfast.flush()) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, REPEAT_MS));
  }
  throw new Error("NOT CORRECT: a guest's payment was never taken");
}

/** Begins a contribution. @returns its reference */
export async function contribute(
  { worker }: Platform,
  slug: string,
  n: number,
  provider: GuestContribution["provider"] = "payfast",
): Promise<string> {
  const address = `203.0.113.${n % 250}`;
  const page = await fetch(`${worker}/${slug}`, { headers: { "CF-Connecting-IP": address } });
  if (page.status !== 200) throw new Error(`NOT CORRECT: a guest's page was answered ${page.status}`);
  await page.body?.cancel();
  const gift = { amount: AMOUNT, name: `Guest ${n}`, provider, address, solvesChallenge: true };
  return (await contributeAsGuest(worker, slug, gift)).reference;
}
