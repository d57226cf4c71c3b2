/** What a link to a board is sent on with. The names are isolated (`isolated`) where they need it. */
export function wishText(childName: string, gift: Readonly<{ kind: "product" | "cause"; name: string }>): string {
  return gift.kind === "cause"
    ? `Instead of birthday presents, ${childName} is giving: ${gift.name}. Let’s chip in together!`
    : `${childName} has one big birthday wish: ${gift.name}. Let’s make it happen together!`;
}

/** Opens WhatsApp with this text, on phones and on the web. */
export function whatsAppLink(text: string): string {
  return `https://wa.me/?text=${encodeURIComponent(text)}`;
}
