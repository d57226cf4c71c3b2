import { parseRand } from "#domain/money";
import { splitLine } from "./shared/split-line.ts";

// The amount buttons, and the split below the amount while the guest types. The server decides when the form is sent.

type ChipInFields = HTMLFormControlsCollection & {
  amount: HTMLInputElement;
  cover_fee: HTMLInputElement;
  submission: HTMLInputElement;
};

const form = document.querySelector<HTMLFormElement>("form[data-chip-in]");
if (form) wire(form);

function wire(form: HTMLFormElement): void {
  // The page's own fields: contribute-page.tsx.
  const { amount, cover_fee: coverFee, submission } = form.elements as ChipInFields;
  const presets = form.querySelectorAll<HTMLElement>("[data-amount]");
  const split = form.querySelector<HTMLElement>("[data-split]");
  keepSubmission(submission);

  const update = () => {
    if (split) showSplit(split, splitLine(amount.value, coverFee.checked, split.dataset.to ?? ""));
    for (const preset of presets) {
      const isChosen = parseRand(amount.value) === Number(preset.dataset.amount) * 100;
      preset.setAttribute("aria-pressed", `${isChosen}`);
      preset.removeAttribute("aria-current");
    }
  };
  for (const preset of presets) {
    wirePreset(preset, () => {
      amount.value = preset.dataset.amount ?? "";
      update();
    });
  }
  form.addEventListener("input", update);
  sendOnce(form);
  addEventListener("pageshow", update);
  update();
}

/** A page fetched again by the back button keeps its submission number: sent again, it is the same contribution. */
function keepSubmission(submission: HTMLInputElement): void {
  if (history.state?.submission) submission.value = history.state.submission;
  else history.replaceState({ submission: submission.value }, "");
}

/** The line is announced when it changes, so it is written only then. */
function showSplit(split: HTMLElement, line: string): void {
  if (split.textContent !== line) split.textContent = line;
}

/** The presets are links without scripts, and buttons with them. */
function wirePreset(preset: HTMLElement, choose: () => void): void {
  preset.setAttribute("role", "button");
  preset.addEventListener("click", (event) => {
    event.preventDefault();
    choose();
  });
  preset.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    preset.click();
  });
}

/** A second tap while the first request is under way does nothing. After coming back the button works again. */
function sendOnce(form: HTMLFormElement): void {
  let isSent = false;
  form.addEventListener("submit", (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
  addEventListener("pageshow", () => {
    isSent = false;
  });
}
