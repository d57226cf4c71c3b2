import type { Page } from "playwright-core";

/** One picture of the documentation. `show` opens the page that is photographed, in a browser that has never been here. */
export type State = Readonly<{
  /** Of its files. */
  name: string;
  title: string;
  show(page: Page): Promise<void>;
}>;

/** Each visitor comes from a network of their own, so that none is held up. */
export async function comeFromElsewhere(page: Page): Promise<void> {
  await page.setExtraHTTPHeaders({ "CF-Connecting-IP": `203.0.113.${Math.floor(Math.random() * 250) + 1}` });
}

/** Clicks on what leads to another page, and waits until that one is there. */
export async function follow(page: Page, selector: string): Promise<void> {
  await Promise.all([page.waitForEvent("load"), page.click(selector)]);
}
