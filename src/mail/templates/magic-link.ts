import { SECURITY_ADDRESS } from "#domain/addresses";
import type { MailContent } from "../content.ts";

/** `url`: of the page that signs in. */
export function magicLink({ url }: Readonly<{ url: string }>): MailContent {
  return {
    subject: "Your link to sign in to ChipIn",
    heading: "Here is your link",
    reason: "You get this e-mail because this address was typed in on ChipIn to sign in.",
    blocks: [
      { kind: "text", text: "Press the button to sign in to ChipIn. The next page asks you to confirm." },
      { kind: "button", label: "Sign in to ChipIn", url },
      { kind: "text", text: "The link works once, for 1 hour. It works on any device." },
      {
        kind: "exact",
        text: `You didn’t ask for it? Then ignore this e-mail: without the link no one can sign in. If it keeps coming, tell ${SECURITY_ADDRESS}.`,
      },
    ],
  };
}
