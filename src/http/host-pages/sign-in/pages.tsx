import type { Asked } from "../../app-env.ts";
import { Action, Button, NextLink } from "../../ui/button.tsx";
import { controlOf, Field } from "../../ui/form.tsx";
import { Rosette } from "../../ui/icons.tsx";
import { Alert } from "../../ui/notice.tsx";
import { renderHostPage } from "../host-page.tsx";

type Typed = Readonly<{ email?: string; next: string | null }>;

export type AskPage = Typed & Readonly<{ error?: string; alert?: string }>;

/** The first step of a host: an e-mail address. `next`: where to go on to once signed in. */
export function renderAskPage(c: Asked, { email, next, error, alert }: AskPage): string {
  const isBack = next !== null;
  return renderHostPage({
    c,
    kind: "form",
    title: error || alert ? "Please check: sign in" : isBack ? "Sign in" : "Create a dream board",
    children: (
      <>
        <a class="back" href="/">
          <span aria-hidden="true">←</span> ChipIn
        </a>
        <header>
          <h1>{isBack ? "Sign in to go on" : "Let’s start with your e-mail"}</h1>
          <p class="lede">We send you a link to sign in. No password to remember.</p>
        </header>
        <Alert text={alert ?? null} />
        <EmailForm
          next={next}
          button="Send me a link"
          {...(email !== undefined && { email })}
          {...(error && { error })}
        />
        <p class="hush">It’s free to create a board. You are a parent or guardian of the birthday child.</p>
      </>
    ),
  });
}

/** `email`: what was typed. */
export function renderSentPage(c: Asked, { email, next }: Required<Typed>): string {
  return renderHostPage({
    c,
    title: "Look in your mailbox",
    children: (
      <>
        <Rosette sign="wait" />
        <h1>Look in your mailbox</h1>
        <p class="lede">
          We have sent a link to <strong>{email}</strong>. Press it within an hour, on this or any other device.
        </p>
        <p>Nothing there after a minute? Look among the spam, or check the address.</p>
        <NextLink href={askPath({ email, next })}>Send another link</NextLink>
      </>
    ),
  });
}

/** The mail did not go out, or it may not go out now. `email`: what was typed, to be sent once more. */
export function renderNotSentPage(
  c: Asked,
  { email, next, why, sentence }: Required<Typed> & Readonly<{ why: string; sentence: string }>,
): string {
  return renderHostPage({
    c,
    kind: "form",
    title: why,
    children: (
      <>
        <header>
          <h1>{why}</h1>
          <p class="lede">{sentence}</p>
        </header>
        <EmailForm email={email} next={next} button="Try again" />
      </>
    ),
  });
}

/** Where a link leads. Nothing happens before the button is pressed: programs that check mails open links. */
export function renderVerifyPage(
  c: Asked,
  { email, token, isOtherDevice }: Readonly<{ email: string; token: string; isOtherDevice: boolean }>,
): string {
  return renderHostPage({
    c,
    title: "Sign in to ChipIn",
    children: (
      <>
        <Rosette sign="tick" />
        <h1>Sign in to ChipIn</h1>
        <p class="lede">
          as <strong>{email}</strong>
        </p>
        {isOtherDevice && <p>You asked for this link on another device. You will be signed in on this one.</p>}
        <form method="post" action="/auth/verify">
          <input type="hidden" name="token" value={token} />
          <Action>
            <Button>Sign in</Button>
          </Action>
        </form>
      </>
    ),
  });
}

/** For a link that signs in no more. */
export function renderDeadLinkPage(c: Asked, state: "used" | "unknown"): string {
  const title = state === "used" ? "This link was used already" : "This link has run out";
  return renderHostPage({
    c,
    kind: "form",
    title,
    children: (
      <>
        <header>
          <h1>{title}</h1>
          <p class="lede">
            {state === "used"
              ? "A link signs in once. If it was you, you are signed in already."
              : "A link works for an hour. Perhaps it was also cut off on its way to you."}{" "}
            We send you a new one.
          </p>
        </header>
        <EmailForm next={null} button="Send me a new link" />
        {state === "used" && <NextLink href="/dashboard">To my boards</NextLink>}
      </>
    ),
  });
}

function EmailForm({ email = "", next, button, error }: Typed & Readonly<{ button: string; error?: string }>) {
  return (
    <form method="post" action="/create" novalidate>
      <Field
        name="email"
        label="Your e-mail address"
        hint="We write to you about your board, and about nothing else."
        error={error}
      >
        <input
          {...controlOf("email", error, error ? "email" : undefined)}
          type="email"
          autocomplete="email"
          inputmode="email"
          autocapitalize="off"
          spellcheck={false}
          maxlength={255}
          value={email}
          required
        />
      </Field>
      {next !== null && <input type="hidden" name="next" value={next} />}
      <Action>
        <Button>{button}</Button>
      </Action>
    </form>
  );
}

function askPath({ next }: Typed): string {
  return next === null ? "/create" : `/create?next=${encodeURIComponent(next)}`;
}
