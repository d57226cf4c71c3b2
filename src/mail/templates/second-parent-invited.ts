import { SECURITY_ADDRESS } from "#domain/addresses";
import { isolated } from "#domain/isolate";
import type { MailContent } from "../content.ts";

export type SecondParentInvitation = Readonly<{
  /** Who invites. */
  host: Readonly<{ name: string | null; email: string }>;
  childName: string;
  /** Of the page on which the invitation is accepted. */
  url: string;
  days: number;
}>;

export function secondParentInvited({ host, childName, url, days }: SecondParentInvitation): MailContent {
  const board = `${isolated(childName)}’s dream board`;
  return {
    subject: `Look after ${board} together`,
    heading: `Look after ${board} together`,
    reason: "You get this e-mail because a parent typed this address in on ChipIn to invite you.",
    blocks: [
      {
        kind: "text",
        text: `${host.name === null ? "Another parent" : isolated(host.name)} invites you to manage ${board} on ChipIn with them.`,
      },
      { kind: "exact", text: `Their address on ChipIn is ${host.email}.` },
      {
        kind: "text",
        text: "You both see who chipped in, can change the board, and can close it. You both see who did what.",
      },
      { kind: "button", label: "See the invitation", url },
      {
        kind: "text",
        text: `The link works once, for ${days} days. The next page asks you to sign in, with any address of yours.`,
      },
      { kind: "exact", text: `You don’t know this family? Then ignore this e-mail, or tell ${SECURITY_ADDRESS}.` },
    ],
  };
}
