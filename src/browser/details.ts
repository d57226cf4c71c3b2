/*
 * The details of a board: a day that is chosen by a tap is shown in the field for the date, and a message says how much room it has
 * left. Without this script the form works too.
 */

/** Screen readers read the count once the parent stops typing. */
const SAID_AFTER_MS = 1_000;

const date = document.querySelector<HTMLInputElement>("input[name=deadline]");
const days = document.querySelectorAll<HTMLInputElement>("input[name=last_day]");
/** `data-limit`: in characters, as the server counts them. */
const message = document.querySelector<HTMLTextAreaElement>("textarea[data-limit]");

if (date) {
  for (const day of days) {
    day.addEventListener("change", () => {
      date.value = day.value;
    });
  }
  date.addEventListener("input", () => {
    for (const day of days) day.checked = day.value === date.value;
  });
}
if (message) count(message);

function count(message: HTMLTextAreaElement): void {
  const shown = document.createElement("p");
  shown.className = "hint";
  shown.setAttribute("aria-hidden", "true");
  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  message.after(shown, said);

  const show = () => {
    const left = Number(message.dataset.limit) - [...message.value.trim()].length;
    shown.textContent = left < 0 ? `${-left} too many` : `${left} left`;
    shown.classList.toggle("over", left < 0);
  };
  let timer = 0;
  message.addEventListener("input", () => {
    show();
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      said.textContent = `Characters: ${shown.textContent}`;
    }, SAID_AFTER_MS);
  });
  show();
}
