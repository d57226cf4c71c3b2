export type GuestContribution = { amount: string; name?: string; message?: string; coverFee?: boolean };

/** What a guest's browser is about to post to the provider. */
export type HandoffForm = { action: string; fields: URLSearchParams; reference: string };

/**
 * Fills in the contribute page the way a browser without JavaScript does.
 * @throws Error with the page's status when the form is not accepted.
 */
export async function contributeAsGuest(
  origin: string,
  slug: string,
  { amount, name = "", message = "", coverFee = false }: GuestContribution,
): Promise<HandoffForm> {
  const address = `${origin}/${slug}/contribute`;
  const page = await (await expectOk(await fetch(address), address)).text();
  const { submission = "" } = Object.fromEntries(hiddenFields(page));
  const form = new URLSearchParams({ amount, name, message, provider: "payfast", submission });
  if (coverFee) form.set("cover_fee", "on");
  const answer = await fetch(address, {
    method: "POST",
    body: form,
    headers: { origin, "sec-fetch-site": "same-origin" },
  });
  const handoff = await (await expectOk(answer, address)).text();
  const action = unescapeHtml(/<form[^>]*\baction="([^"]+)"/.exec(handoff)?.[1] ?? "");
  const fields = new URLSearchParams(hiddenFields(handoff));
  const reference = fields.get("m_payment_id");
  if (!action || !reference) throw new Error(`${address} answered without a form for PayFast`);
  return { action, fields, reference };
}

async function expectOk(response: Response, address: string): Promise<Response> {
  if (response.ok) return response;
  throw new Error(`${address} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
}

function hiddenFields(page: string): [name: string, value: string][] {
  return [...page.matchAll(/<input\b[^>]*\btype="hidden"[^>]*>/g)].map(([tag]) => [
    unescapeHtml(/\bname="([^"]*)"/.exec(tag)?.[1] ?? ""),
    unescapeHtml(/\bvalue="([^"]*)"/.exec(tag)?.[1] ?? ""),
  ]);
}

function unescapeHtml(text: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'" };
  return text.replace(/&(amp|lt|gt|quot|#39|#x27);/g, (entity, name: string) => named[name] ?? entity);
}
