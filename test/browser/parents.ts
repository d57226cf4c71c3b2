import type { Api } from "../support/api.ts";
import { eventually } from "../support/eventually.ts";

/** The size of a small phone whose address bar is shown. */
export const SMALL_SCREEN = { width: 390, height: 664 };

/** The link to sign in, out of the newest mail to this address. */
export async function signInLink({ console }: Api, email: string): Promise<string> {
  return await eventually(async () => {
    const mails = (await (await fetch(`${console}/api/mail`)).json()) as { to: string; text: string }[];
    const { text = "" } = mails.find((mail) => mail.to === email && mail.text.includes("/auth/verify")) ?? {};
    const [link] = /http\S+\/auth\/verify\?\S+/.exec(text) ?? [];
    if (link === undefined) throw new Error("no mail holds a link");
    return link;
  });
}
