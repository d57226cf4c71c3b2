import { formatRand, parseRand } from "#domain/money";
import { keepTyped } from "../shared/kept-form.ts";
import { shownAs } from "../shared/name-hint.ts";
import { chargeOf, coverLine, type Split, splitTyped } from "../shared/split-line.ts";
import type { FormWords } from "../words/form-words.ts";

const DOUBLE_TAP_MS = 2_000;

type ChipInFields = HTMLFormControlsCollection & {
  amount: HTMLInputElement;
  cover_fee: HTMLInputElement;
  name: HTMLInputElement;
  submission: HTMLInputElement;
};

/** The amount buttons, and the split below the amount while the guest types. The server decides when the form is sent. */
export function startForm(words: FormWords): void {
  const form = document.querySelector<HTMLFormElement>("form[data-chip-in]");
  if (form) wire(form, words);
}

function wire(form: HTMLFormElement, words: FormWords): void {
  // The page's own fields: contribute-page.tsx.
  const { amount, cover_fee: coverFee, name, submission } = form.elements as ChipInFields;
  const presets = form.querySelectorAll<HTMLElement>("[data-amount]");
  const split = form.querySelector<HTMLElement>("[data-split]");
  const cover = form.querySelector<HTMLElement>("[data-cover]");
  const pay = form.querySelector<HTMLElement>("[data-pay]");
  const withoutAmount = pay?.textContent ?? "";
  const nameHint = document.getElementById("name-hint");
  keepSubmission(submission);
  keepTyped(form);

  const update = () => {
    const destination = split?.dataset.to ?? "";
    const charge = chargeOf(amount.value, coverFee.checked);
    if (split) showSplit(split, splitTyped(amount.value, coverFee.checked));
    if (cover) cover.textContent = coverLine(words, amount.value, destination);
    if (nameHint) nameHint.textContent = shownAs(words, name.value) ?? nameHint.dataset.empty ?? "";
    if (pay) pay.textContent = charge === null ? withoutAmount : words.pay(formatRand(charge));
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

/** A line is announced when it changes, so it is written only then. */
function showSplit(split: HTMLElement, amounts: Split): void {
  for (const line of split.querySelectorAll<HTMLElement>("[data-part]")) {
    const amount = amounts[line.dataset.part as keyof Split];
    if (line.textContent !== amount) line.textContent = amount;
  }
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

/**
 * The second tap of a double tap does nothing. A later one sends again: the first request may hang, or the guest has stopped it, and
 * with the same submission number it is the same contribution.
 */
function sendOnce(form: HTMLFormElement): void {
  let sentAt = Number.NEGATIVE_INFINITY;
  form.addEventListener("submit", (event) => {
    const now = performance.now();
    if (now - sentAt < DOUBLE_TAP_MS) event.preventDefault();
    else sentAt = now;
  });
  addEventListener("pageshow", () => {
    sentAt = Number.NEGATIVE_INFINITY;
  });
}
