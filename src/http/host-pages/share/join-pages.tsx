import { isolated } from "#domain/isolate";
import type { Asked } from "../../app-env.ts";
import { Action, Button, ButtonLink, NextLink } from "../../ui/button.tsx";
import { Rosette } from "../../ui/icons.tsx";
import { ownImage } from "../../ui/page.tsx";
import { FormToken, renderHostPage } from "../host-page.tsx";
import type { SignedInHost } from "../signed-in.ts";

type JoinPage = Readonly<{
  /** The parent who invites: their name, or their address. */
  inviter: string;
  board: Readonly<{ childName: string; childPhotoUrl: string }>;
  path: string;
  token: string;
  /** Null without a login. */
  host: SignedInHost | null;
  isOwn: boolean;
}>;

/** What an invitation is about. Looking at it accepts nothing. */
export function renderJoinPage(c: Asked, { inviter, board, path, token, host, isOwn }: JoinPage): string {
  const origin = c.var.services.settings.PUBLIC_ORIGIN;
  const here = `${path}/join?token=${token}`;
  const whose = `${isolated(board.childName)}’s board`;
  return renderHostPage({
    c,
    title: `Manage ${whose} together`,
    children: (
      <>
        <Rosette photo={ownImage(board.childPhotoUrl, origin)} name={board.childName} />
        <h1>Manage {whose} together</h1>
        <p class="lede">
          <bdi>{inviter}</bdi> invites you to look after this board with them.
        </p>
        {isOwn && <p>You opened this board yourself. Send the link to the parent you want to invite.</p>}
        {!isOwn && (
          <p>You will both see who chipped in and how much. What each of you does is recorded under your own name.</p>
        )}
        {host === null && (
          <>
            <Action>
              <ButtonLink href={`/create?next=${encodeURIComponent(here)}`}>Sign in to accept</ButtonLink>
            </Action>
            <p class="hush">Any e-mail address of yours will do. You come back to this page.</p>
          </>
        )}
        {host !== null && !isOwn && (
          <form method="post" action={`${path}/join`}>
            <FormToken csrf={host.csrf} />
            <input type="hidden" name="token" value={token} />
            <p>
              You accept as <strong>{host.email}</strong>. The other parent sees this address.
            </p>
            <Action>
              <Button>Accept the invitation</Button>
            </Action>
          </form>
        )}
        <NextLink href="/">What ChipIn is</NextLink>
      </>
    ),
  });
}

/** The invitation was used, withdrawn or replaced, or is too old. */
export function renderEndedInvitation(c: Asked): string {
  return renderHostPage({
    c,
    title: "This invitation has ended",
    children: (
      <>
        <Rosette sign="cross" />
        <h1>This invitation has ended</h1>
        <p class="lede">
          It was used already, or it was withdrawn, or it is older than a week. Ask the other parent to send a new one.
        </p>
        <Action>
          <ButtonLink href="/dashboard">To my boards</ButtonLink>
        </Action>
      </>
    ),
  });
}
