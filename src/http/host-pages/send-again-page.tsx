import { Action, Button } from "../ui/button.tsx";
import { Rosette } from "../ui/icons.tsx";
import { type Asked, FormToken, renderHostPage } from "./host-page.tsx";

type Fields = Readonly<Record<string, unknown>>;

/** For a write without a login: how to get one, and what was typed, to be sent again. `isSaved`: it is in a draft already. */
export function renderSignInFirst(
  c: Asked,
  { fields, isSaved }: Readonly<{ fields: Fields; isSaved: boolean }>,
): string {
  const { pathname } = new URL(c.req.url);
  const signIn = `/create?next=${encodeURIComponent(pathname)}`;
  return renderHostPage({
    c,
    title: "Please sign in again",
    children: (
      <>
        <Rosette sign="wait" />
        <h1>Please sign in again</h1>
        <p class="lede">
          {isSaved
            ? "You have been signed out. What you typed is saved: sign in, and go on where you were."
            : "You are not signed in, so nothing was changed. What you typed is kept on this page."}
        </p>
        <Action>
          {isSaved ? (
            <a class="button" href={signIn}>
              Sign in
            </a>
          ) : (
            <a class="button" href={signIn} target="_blank" rel="noopener">
              Sign in on a new page
            </a>
          )}
        </Action>
        {!isSaved && (
          <form method="post" action={pathname}>
            <p>Then come back to this page and send it again.{lostFiles(fields)}</p>
            <Kept fields={fields} />
            <Action>
              <Button quiet>Send it again</Button>
            </Action>
          </form>
        )}
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

function lostFiles(fields: Fields): string {
  const hasFile = Object.values(fields)
    .flat()
    .some((value) => value instanceof File && value.size > 0);
  return hasFile ? " A picture has to be chosen again." : "";
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
