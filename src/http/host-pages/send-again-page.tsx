import type { Asked } from "../app-env.ts";
import { Action, Button, ButtonLink } from "../ui/button.tsx";
import { Rosette } from "../ui/icons.tsx";
import { FormToken, renderHostPage } from "./host-page.tsx";

type Fields = Readonly<Record<string, unknown>>;

/** For a write without a login: how to get one, and what was typed, to be sent again. */
export function renderSignInFirst(c: Asked, fields: Fields): string {
  const { pathname } = new URL(c.req.url);
  return renderHostPage({
    c,
    title: "Please sign in again",
    children: (
      <>
        <Rosette sign="wait" />
        <h1>Please sign in again</h1>
        <p class="lede">You are not signed in, so nothing was changed. What you typed is kept on this page.</p>
        <Action>
          <a class="button" href={`/create?next=${encodeURIComponent(pathname)}`} target="_blank" rel="noopener">
            Sign in on a new page
          </a>
        </Action>
        <form method="post" action={pathname}>
          <p>Then come back to this page and send it again.{lostFiles(fields)}</p>
          <Kept fields={fields} />
          <Action>
            <Button quiet>Send it again</Button>
          </Action>
        </form>
      </>
    ),
  });
}

/** For a write whose token is not of this login: it is sent again by a press of a button, with the right one. */
export function renderSendAgain(c: Asked, { fields, csrf }: Readonly<{ fields: Fields; csrf: string }>): string {
  return renderHostPage({
    c,
    title: "Please send it once more",
    children: (
      <>
        <Rosette sign="wait" />
        <h1>Please send it once more</h1>
        <p class="lede">
          This form was opened before you signed in. Nothing was changed yet, and what you typed is kept.
          {lostFiles(fields)}
        </p>
        <form method="post" action={new URL(c.req.url).pathname}>
          <Kept fields={fields} />
          <FormToken csrf={csrf} />
          <Action>
            <Button>Send it again</Button>
          </Action>
        </form>
      </>
    ),
  });
}

/** For a write that came without any field: it broke off on its way, as uploads over a bad connection do. */
export function renderNotReceived(c: Asked): string {
  return renderHostPage({
    c,
    title: "Please send it again",
    children: (
      <>
        <Rosette sign="wait" />
        <h1>Please send it again</h1>
        <p class="lede">
          This form did not reach us whole. Nothing was changed. Go back to it in your browser and send it again.
        </p>
        <Action>
          <ButtonLink href="/dashboard">To my boards</ButtonLink>
        </Action>
      </>
    ),
  });
}

/** Whether a file came with the form. Without a choice browsers send an empty one. */
export function holdsFile(fields: Fields): boolean {
  return Object.values(fields)
    .flat()
    .some((value) => value instanceof File && value.size > 0);
}

function lostFiles(fields: Fields): string {
  return holdsFile(fields) ? " A picture has to be chosen again." : "";
}

/** What was typed, out of sight. Files cannot be put into a page. */
function Kept({ fields }: { fields: Fields }) {
  const texts = Object.entries(fields).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => (name !== "csrf" && typeof value === "string" ? [{ name, value }] : [])),
  );
  return (
    <>
      {texts.map(({ name, value }) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  );
}
