import { INVITATION_DAYS, type SecondParent } from "#accounts/second-parent";
import type { BoardAct } from "#boards/board-history";
import type { ParentRole } from "#boards/managed-board";
import type { BoardSnapshot } from "#domain/board/snapshot";
import { isolated } from "#domain/isolate";
import { addDays } from "#domain/time";
import { Action, Button } from "../../ui/button.tsx";
import { controlOf, Field } from "../../ui/form.tsx";
import { Alert } from "../../ui/notice.tsx";
import { type HostSite, renderFrame } from "../dashboard/parts.tsx";
import { moment } from "../dashboard/words.ts";
import { FormToken } from "../host-page.tsx";
import { BoardHistory } from "./history.tsx";

export type ParentsPageProps = Readonly<{
  site: HostSite;
  board: BoardSnapshot;
  path: string;
  role: ParentRole;
  /** The host who reads. */
  me: string;
  second: SecondParent | null;
  acts: readonly BoardAct[];
  notice?: string | null;
  alert?: string | null;
  typed?: string;
  mistake?: string | undefined;
}>;

/** Who manages a board, and what they did. */
export function renderParentsPage(props: ParentsPageProps): string {
  const { site, board, path, role, me, acts, notice = null, alert = null } = props;
  return renderFrame({
    site,
    board,
    path,
    tab: null,
    tabs: [],
    title: "Parents of the board",
    notice,
    children: (
      <>
        <Alert text={alert} />
        <section class="section" aria-labelledby="parents-title">
          <h2 id="parents-title">Managed by two</h2>
          {role === "host" ? <ForHost {...props} /> : <ForSecondParent {...props} />}
        </section>
        <BoardHistory acts={acts} me={me} />
      </>
    ),
  });
}

function ForHost(props: ParentsPageProps) {
  const { second, path, site } = props;
  if (second?.state === "accepted") {
    return (
      <>
        <p>
          <strong>{isolated(second.name ?? second.email)}</strong> manages this board with you, as{" "}
          <bdi>{second.email}</bdi>, since {moment(second.acceptedAt.toISOString())}.
        </p>
        <WhatTheyMay />
        <form method="post" action={`${path}/parents/remove`}>
          <FormToken csrf={site.csrf} />
          <Action>
            <Button quiet>Remove them from this board</Button>
          </Action>
        </form>
      </>
    );
  }
  return (
    <>
      {second === null ? (
        <p>Invite the other parent, or anyone you trust like one. You both get the whole picture.</p>
      ) : (
        <Pending {...props} second={second} />
      )}
      {second === null && <WhatTheyMay />}
      <InviteForm again={second !== null} {...props} />
    </>
  );
}

function Pending({
  second,
  path,
  site,
}: Pick<ParentsPageProps, "path" | "site"> & { second: Extract<SecondParent, { state: "invited" }> }) {
  const end = addDays(second.invitedAt, INVITATION_DAYS);
  return (
    <>
      <p>
        You invited <strong>{second.invitedEmail}</strong>.{" "}
        {second.expired
          ? "The link has run out. You can send a new one."
          : `The link can be used until ${moment(end.toISOString())}.`}
      </p>
      <form method="post" action={`${path}/parents/remove`}>
        <FormToken csrf={site.csrf} />
        <Action>
          <Button quiet>Withdraw the invitation</Button>
        </Action>
      </form>
    </>
  );
}

function InviteForm({
  again,
  path,
  site,
  typed = "",
  mistake,
}: Pick<ParentsPageProps, "path" | "site" | "typed" | "mistake"> & { again: boolean }) {
  return (
    <form method="post" action={`${path}/parents`} novalidate>
      <FormToken csrf={site.csrf} />
      <Field
        name="email"
        label={again ? "Invite again, or another person" : "Their e-mail address"}
        hint={`We send one e-mail with a link that works for ${INVITATION_DAYS} days.`}
        error={mistake}
      >
        <input
          {...controlOf("email", mistake, mistake && "email")}
          type="text"
          inputmode="email"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          maxlength={255}
          value={typed}
        />
      </Field>
      <Action>
        <Button>Send the invitation</Button>
      </Action>
    </form>
  );
}

function WhatTheyMay() {
  return (
    <ul class="may">
      <li>They see everything you see: contributions, messages and amounts.</li>
      <li>They can change the message, the photo and the last day, and they can close or cancel the board.</li>
      <li>They cannot invite or remove anyone, and the payout goes where you said.</li>
    </ul>
  );
}

function ForSecondParent({ path, site }: ParentsPageProps) {
  return (
    <>
      <p>Another parent opened this board and lets you manage it with them. What you do is recorded under your name.</p>
      <ul class="may">
        <li>You can change the message, the photo and the last day, and you can close or cancel the board.</li>
        <li>Inviting and removing, and where the payout goes, stay with the parent who opened it.</li>
      </ul>
      <form method="post" action={`${path}/parents/leave`}>
        <FormToken csrf={site.csrf} />
        <Action>
          <Button quiet>Leave this board</Button>
        </Action>
      </form>
    </>
  );
}
