import { type ReceiptKeys, verifyReceipt } from "#domain/signed-receipt";
import { receiptLines } from "./shared/receipt-lines.ts";

// Checks a pasted receipt in the browser, so that it is sent to no one. Where the browser cannot, the form is sent to the server.

const form = document.querySelector<HTMLFormElement>("form[data-receipts]");
const field = form?.querySelector<HTMLTextAreaElement>("textarea");
const result = document.querySelector<HTMLElement>("[data-result]");
if (form && field && result) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check(field.value, result).catch(() => form.submit());
  });
  // From a thanks page: what follows # is never sent.
  const handed = decodeURIComponent(location.hash.slice(1));
  if (handed) {
    field.value = handed;
    form.requestSubmit();
  }
}

async function check(text: string, result: HTMLElement): Promise<void> {
  const answer = await fetch("/.well-known/chipin-receipts.json");
  if (!answer.ok) throw new Error("no keys");
  const keys: ReceiptKeys = await answer.json();
  const { isGenuine, title, rows, note } = receiptLines(await verifyReceipt(text, keys));
  const list = document.createElement("dl");
  for (const [name, value] of rows) {
    const row = document.createElement("div");
    row.append(element("dt", name), element("dd", value));
    list.append(row);
  }
  result.className = isGenuine ? "notice" : "notice bad";
  result.replaceChildren(element("strong", title), ...(rows.length > 0 ? [list] : []), element("p", note));
  result.hidden = false;
}

function element(name: string, text: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
