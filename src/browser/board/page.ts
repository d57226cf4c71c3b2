/** The page's `<main>`. It is another element after the page was replaced. */
export function page(): HTMLElement {
  const main = document.querySelector("main");
  if (!main) throw new Error("the page has no <main>");
  return main;
}

/** For screen readers. */
export function announce(text: string): void {
  const news = document.getElementById("news");
  if (news) news.textContent = text;
}
