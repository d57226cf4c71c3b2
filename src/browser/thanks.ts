// Waits for the provider's report of the payment. It asks often at first, then more slowly, and stops after a quarter of an hour.

const FIRST_WAIT_MS = 1_500;
const LONGEST_WAIT_MS = 15_000;
const PATIENCE_MS = 90_000;
const GIVE_UP_MS = 900_000;

const { confirm: path = "", then = "", here } = document.querySelector("main")?.dataset ?? {};
const patience = document.querySelector<HTMLElement>("[data-patience]");
const startedAt = Date.now();
let wait = FIRST_WAIT_MS;

// The answer to a form gets an address of its own: coming back to it must not ask whether to send the form again.
if (here) history.replaceState(null, "", here);
setTimeout(look, wait);

async function look(): Promise<void> {
  if (await isFinal()) return location.replace(then);
  const waited = Date.now() - startedAt;
  if (waited > PATIENCE_MS && patience) patience.hidden = false;
  wait = Math.min(LONGEST_WAIT_MS, wait * 1.25);
  if (waited < GIVE_UP_MS) setTimeout(look, wait);
}

async function isFinal(): Promise<boolean> {
  try {
    const response = await fetch(path);
    if (!response.ok) return false;
    const { final }: { final: boolean } = await response.json();
    return final;
  } catch {
    return false;
  }
}
