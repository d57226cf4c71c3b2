// Waits for the provider's word: asks often at first, then more slowly, and stops after a quarter of an hour.
(() => {
  const { confirm: path, then, here } = document.querySelector("main").dataset;
  // The answer to a form gets an address of its own: coming back to it must not ask whether to send the form again.
  if (here) history.replaceState(null, "", here);
  const patience = document.querySelector("[data-patience]");
  const start = Date.now();
  let wait = 1500;
  async function look() {
    try {
      const answer = await fetch(path);
      if (answer.ok && (await answer.json()).settled) return location.replace(then);
    } catch {}
    const waited = Date.now() - start;
    if (waited > 90000) patience.hidden = false;
    wait = Math.min(15000, wait * 1.25);
    if (waited < 900000) setTimeout(look, wait);
  }
  setTimeout(look, wait);
})();
