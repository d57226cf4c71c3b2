import { announce } from "./board/page.ts";

// Copies the link, and opens the print dialogue. Both buttons are there only with this script.

for (const button of document.querySelectorAll<HTMLElement>("[data-copy], [data-print]")) button.hidden = false;

document.addEventListener("click", async ({ target }) => {
  const button = target instanceof Element ? target.closest<HTMLElement>("[data-copy], [data-print]") : null;
  if (!button) return;
  if ("print" in button.dataset) return window.print();
  const field = document.getElementById(button.dataset.copy ?? "");
  if (!(field instanceof HTMLInputElement)) return;
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = "Copied";
    announce("The link is copied");
  } catch {
    // In-app browsers refuse the clipboard: the link is marked, to be copied by hand.
    field.focus();
    field.select();
  }
});
