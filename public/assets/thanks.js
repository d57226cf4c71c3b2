// Waits for the provider's word: asks often at first, then more slowly, and stops after a quarter of an hour.
(() => {
  const { confirm: path, then } = document.querySelector("main").dataset;
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
