// The amount buttons and the fee split, live. The server decides; this only shows the same sums while typing.

/** The domain's `parseRand`: cents, or null. */
function parseRand(text) {
  const compact = text.replace(/\s/g, "").replace(/^R/i, "");
  const plain = /^\d{1,3}(,\d{3})+(\.\d{1,2})?$/.test(compact) ? compact.replaceAll(",", "") : compact;
  const match = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(plain);
  return match && match[1] * 100 + Number((match[2] || "").padEnd(2, "0"));
}

function formatRand(cents) {
  return `R${(cents / 100).toLocaleString("en-US", { minimumFractionDigits: cents % 100 ? 2 : 0 })}`;
}

function platformFee(amount, { rate, least, most }) {
  return Math.min(Math.max(Math.floor((amount * rate + 5000) / 10000), least), most);
}

/** The smallest charge that leaves `gift` after the fee. */
function amountCovering(gift, policy) {
  const { rate, least, most } = policy;
  let amount = Math.max(gift + +least, Math.min(Math.ceil((gift * 10000) / (10000 - rate)), gift + +most));
  while (amount - platformFee(amount, policy) < gift) amount++;
  while (amount - 1 - platformFee(amount - 1, policy) >= gift) amount--;
  return amount;
}

function splitLine(typed, covered, terms) {
  const { min, max, to } = terms;
  const gift = parseRand(typed);
  const charge = gift !== null && gift >= min && gift <= max && covered ? amountCovering(gift, terms) : gift;
  if (charge === null || charge < min || charge > max) {
    return `From ${formatRand(min)} to ${formatRand(max)} at a time.`;
  }
  const fee = platformFee(charge, terms);
  return `${formatRand(charge)} today: ${formatRand(charge - fee)} to ${to}, ${formatRand(fee)} ChipIn fee.`;
}

function wire(form) {
  const split = form.querySelector("[data-split]");
  const presets = form.querySelectorAll("[data-amount]");
  const { amount, cover_fee: cover, submission } = form.elements;
  // Where the back button fetches the page anew, the form keeps its number: sent once more, it is the same contribution.
  if (history.state?.submission) submission.value = history.state.submission;
  else history.replaceState({ submission: submission.value }, "");
  const update = () => {
    const line = splitLine(amount.value, cover.checked, split.dataset);
    if (split.textContent !== line) split.textContent = line;
    for (const preset of presets) {
      const chosen = parseRand(amount.value) === preset.dataset.amount * 100;
      preset.setAttribute("aria-pressed", chosen);
      preset.removeAttribute("aria-current");
    }
  };
  for (const preset of presets) {
    preset.setAttribute("role", "button");
    preset.addEventListener("click", (event) => {
      event.preventDefault();
      amount.value = preset.dataset.amount;
      update();
    });
    preset.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      preset.click();
    });
  }
  form.addEventListener("input", update);
  // A second tap while the first is on its way does nothing; coming back makes the button work again.
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => {
    sent = false;
    update();
  });
  update();
}

const form = document.querySelector("form[data-chip-in]");
if (form) wire(form);
