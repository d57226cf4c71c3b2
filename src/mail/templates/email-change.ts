import { SECURITY_ADDRESS } from "#domain/addresses";
import type { MailContent } from "../content.ts";

/** To the new address. `url`: of the page that confirms. */
export function confirmNewEmail({ url }: Readonly<{ url: string }>): MailContent {
  return {
    subject: "Confirm your new e-mail address",
    heading: "Is this your new address?",
    reason: "You get this e-mail because a host on ChipIn typed this address in as their new one.",
    blocks: [
      {
        kind: "text",
        text: "Press the button to use this address on ChipIn from now on. The next page asks you to confirm.",
      },
      { kind: "button", label: "Use this address", url },
      { kind: "text", text: "The link works once, for 1 hour, in the browser in which you are signed in." },
      { kind: "exact", text: `You didn’t ask for it? Then ignore this e-mail, or tell ${SECURITY_ADDRESS}.` },
    ],
  };
}

/** To an address that another account has, so that only its reader learns that. */
export function newEmailTaken({ url }: Readonly<{ url: string }>): MailContent {
  return {
    subject: "This address has an account already",
    heading: "This address has an account already",
    reason: "You get this e-mail because a host on ChipIn typed this address in as their new one.",
    blocks: [
      {
        kind: "text",
        text: "A host on ChipIn wants to change to this address, but it belongs to another account. Nothing was changed.",
      },
      {
        kind: "text",
        text: "If both accounts are yours: sign in with this address, or choose another one for the other account.",
      },
      { kind: "button", label: "Sign in with this address", url },
      {
        kind: "exact",
        text: `You didn’t ask for it? Then you don’t need to do anything. If it keeps coming, tell ${SECURITY_ADDRESS}.`,
      },
    ],
  };
}

/** To the address that an account had. */
export function emailChanged(): MailContent {
  return {
    subject: "Your e-mail address on ChipIn was changed",
    heading: "Your e-mail address was changed",
    reason: "You get this e-mail because this was the address of your account on ChipIn.",
    blocks: [
      {
        kind: "text",
        text: "Your account on ChipIn has a new e-mail address. We write there from now on, and this one signs in no more.",
      },
      {
        kind: "text",
        text: "All devices were signed out. Gift cards still go to the payout e-mail address of each board.",
      },
      { kind: "exact", text: `It wasn’t you? Then write to ${SECURITY_ADDRESS} now.` },
    ],
  };
}
