/*
 * What a guest typed, kept in this tab until the payment is confirmed: coming back after a cancelled or failed payment finds the form as
 * it was left. Nothing of it leaves the browser.
 */

const FIELDS = ["amount", "name", "message"] as const;

type Kept = { provider?: string; coverFee?: boolean } & Partial<Record<(typeof FIELDS)[number], string>>;

const keyOf = (path: string) => `form:${path}`;

/** Fills the form with what was typed before, unless the page brings values of its own, and keeps what is typed from now on. */
export function keepTyped(form: HTMLFormElement): void {
  const key = keyOf(new URL(form.action).pathname);
  const isFresh = form.dataset.chipIn === "fresh";
  if (isFresh) fill(form, read(key));
  form.addEventListener("input", () => write(key, typedIn(form)));
  if (!isFresh) write(key, typedIn(form));
}

/** The form with this path was paid. */
export function forgetTyped(path: string): void {
  try {
    sessionStorage.removeItem(keyOf(path));
  } catch {
    // Storage may be switched off. Then nothing was kept.
  }
}

function fill(form: HTMLFormElement, { provider, coverFee, ...texts }: Kept): void {
  for (const name of FIELDS) {
    const field = form.elements.namedItem(name) as HTMLInputElement | null;
    const text = texts[name];
    // Also before an amount in the address: that one is for browsers without scripts, and has a covered fee in it.
    if (field && text !== undefined) field.value = text;
  }
  const cover = form.elements.namedItem("cover_fee") as HTMLInputElement | null;
  if (cover && coverFee !== undefined) cover.checked = coverFee;
  for (const choice of form.querySelectorAll<HTMLInputElement>("input[type=radio][name=provider]")) {
    if (choice.value === provider) choice.checked = true;
  }
}

function typedIn(form: HTMLFormElement): Kept {
  const data = new FormData(form);
  const texts = Object.fromEntries(FIELDS.map((name) => [name, String(data.get(name) ?? "")]));
  return { ...texts, provider: String(data.get("provider") ?? ""), coverFee: data.has("cover_fee") };
}

function read(key: string): Kept {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "{}") as Kept; // `write` wrote it
  } catch {
    return {};
  }
}

function write(key: string, kept: Kept): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // As in `forgetTyped`.
  }
}
