import type { Child } from "hono/jsx";
import type { ListedLogin } from "#domain/host-account";
import type { Asked } from "../../app-env.ts";
import { Action, Button, ButtonLink, NextLink } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { controlOf, Field } from "../../ui/form.tsx";
import { Rosette } from "../../ui/icons.tsx";
import { Alert } from "../../ui/notice.tsx";
import { Page, renderPage } from "../../ui/page.tsx";
import { Done } from "../dashboard/parts.tsx";
import { moment } from "../dashboard/words.ts";
import { FormToken, renderHostPage } from "../host-page.tsx";
import type { SignedInHost } from "../signed-in.ts";

export const MAX_NAME_LENGTH = 100;

type Mistakes = Readonly<{ name?: string; email?: string }>;

export type AccountPage = Readonly<{
  host: SignedInHost;
  logins: readonly ListedLogin[];
  notice?: string | null;
  alert?: string | null;
  typed?: Readonly<{ name?: string; email?: string }>;
  mistakes?: Mistakes;
}>;

/** What ChipIn knows of a host, and what they can do about it. */
export function renderAccountPage(c: Asked, page: AccountPage): string {
  const { host, logins, notice = null, alert = null } = page;
  return framed(c, {
    title: "Your account",
    back: { href: "/dashboard", text: "Your boards" },
    children: (
      <>
        <h1>Your account</h1>
        <Done text={notice} />
        <Alert text={alert} />
        <NameForm {...page} />
        <EmailForm {...page} />
        <section class="section" aria-labelledby="logins-title">
          <h2 id="logins-title">Where you are signed in</h2>
          <ul class="lines">
            {logins.map(({ loginId, browser, startedAt, lastSeenAt }) => (
              <li>
                <strong>{browser}</strong>
                {loginId === host.loginId && " (this one)"}
                <p>
                  Since {moment(iso(startedAt))}, last used about {moment(iso(lastSeenAt))}
                </p>
              </li>
            ))}
          </ul>
          <div class="choices">
            <OneButton csrf={host.csrf} action="/auth/sign-out" text="Sign out" />
            <OneButton csrf={host.csrf} action="/auth/sign-out-everywhere" text="Sign out everywhere" />
          </div>
        </section>
        <section class="section" aria-labelledby="data-title">
          <h2 id="data-title">Your data</h2>
          <p>Everything we hold about you and your boards, as one file that other programs can read (JSON).</p>
          <ButtonLink quiet href="/account/export.json">
            Download my data
          </ButtonLink>
        </section>
        <section class="section" aria-labelledby="delete-title">
          <h2 id="delete-title">Delete the account</h2>
          <p>First you see what happens to your boards, and what the law makes us keep.</p>
          <ButtonLink quiet href="/account/delete">
            Delete my account
          </ButtonLink>
        </section>
      </>
    ),
  });
}

function NameForm({ host, typed = {}, mistakes = {} }: AccountPage) {
  return (
    <section class="section" aria-labelledby="name-title">
      <h2 id="name-title">Your name</h2>
      <form method="post" action="/account/name" novalidate>
        <FormToken csrf={host.csrf} />
        <Field
          name="name"
          label="Name"
          optional="optional"
          hint="The other parent of a board and the people at ChipIn see it. Guests never do."
          error={mistakes.name}
        >
          <input
            {...controlOf("name", mistakes.name, mistakes.name && "name")}
            type="text"
            autocomplete="name"
            dir="auto"
            maxlength={MAX_NAME_LENGTH}
            value={typed.name ?? host.name ?? ""}
          />
        </Field>
        <Action>
          <Button quiet>Save the name</Button>
        </Action>
      </form>
    </section>
  );
}

function EmailForm({ host, typed = {}, mistakes = {} }: AccountPage) {
  return (
    <section class="section" aria-labelledby="email-title">
      <h2 id="email-title">Your e-mail address</h2>
      <p>
        You sign in with <strong>{host.email}</strong>, and we write to it. Payouts go to the address that each board
        names.
      </p>
      <form method="post" action="/account/email" novalidate>
        <FormToken csrf={host.csrf} />
        <Field
          name="email"
          label="Another address"
          hint="We send a link there. The change happens once you press it."
          error={mistakes.email}
        >
          <input
            {...controlOf("email", mistakes.email, mistakes.email && "email")}
            type="text"
            inputmode="email"
            autocomplete="email"
            autocapitalize="off"
            spellcheck={false}
            maxlength={255}
            value={typed.email ?? ""}
          />
        </Field>
        <Action>
          <Button quiet>Send the link</Button>
        </Action>
      </form>
    </section>
  );
}

function OneButton({ csrf, action, text }: { csrf: string; action: string; text: string }) {
  return (
    <form method="post" action={action}>
      <FormToken csrf={csrf} />
      <Button quiet>{text}</Button>
    </form>
  );
}

/** Says the same whoever has the address. */
export function renderEmailAsked(c: Asked, email: string): string {
  return renderHostPage({
    c,
    title: "Look in your new mailbox",
    children: (
      <>
        <Rosette sign="wait" />
        <h1>Look in your new mailbox</h1>
        <p class="lede">
          We have sent an e-mail to <strong>{email}</strong>. Press its button within an hour, in this browser.
        </p>
        <p>Until then nothing changes. Nothing there after a minute? Look among the spam, or check the address.</p>
        <NextLink href="/account">Back to your account</NextLink>
      </>
    ),
  });
}

type Confirming = Readonly<{ host: SignedInHost; email: string; token: string }>;

export function renderConfirmEmail(c: Asked, { host, email, token }: Confirming): string {
  return renderHostPage({
    c,
    title: "Use this address from now on?",
    children: (
      <>
        <Rosette sign="heart" />
        <h1>Use this address from now on?</h1>
        <p class="lede">
          <strong>{email}</strong> instead of {host.email}
        </p>
        <p>You are signed out on all devices then, and boards that you have begun but not opened are gone.</p>
        <form method="post" action="/account/email/confirm">
          <FormToken csrf={host.csrf} />
          <input type="hidden" name="token" value={token} />
          <Action>
            <Button>Change my address</Button>
          </Action>
        </form>
        <NextLink href="/account">Keep {host.email}</NextLink>
      </>
    ),
  });
}

export function renderEmailChanged(c: Asked, email: string): string {
  return renderHostPage({
    c,
    title: "Your address is changed",
    children: (
      <>
        <Rosette sign="tick" />
        <h1>Your address is changed</h1>
        <p class="lede">
          From now on you sign in with <strong>{email}</strong>. Your boards are all there.
        </p>
        <Action>
          <ButtonLink href="/create?next=/dashboard">Sign in again</ButtonLink>
        </Action>
      </>
    ),
  });
}

const DEAD_CHANGE = {
  dead: {
    title: "This link has ended",
    sentence:
      "It was used already, or it is older than an hour, or another account is signed in here. Your address stays as it was.",
  },
  taken: {
    title: "This address has an account",
    sentence:
      "It was opened meanwhile. Sign in with that address, or choose another one for this account. Nothing was changed.",
  },
} as const;

export function renderDeadChange(c: Asked, why: keyof typeof DEAD_CHANGE): string {
  const { title, sentence } = DEAD_CHANGE[why];
  return renderHostPage({
    c,
    title,
    children: (
      <>
        <Rosette sign="cross" />
        <h1>{title}</h1>
        <p class="lede">{sentence}</p>
        <Action>
          <ButtonLink href="/account">To your account</ButtonLink>
        </Action>
      </>
    ),
  });
}

export type InTheWay = Readonly<{ href: string; childName: string; reason: string }>;

type DeletePage = Readonly<{
  host: SignedInHost;
  boards: number;
  inTheWay: readonly InTheWay[];
  alert?: string | null;
  mistake?: string | undefined;
  typed?: string;
}>;

/** What an erasure does, before it is done. */
export function renderDeletePage(c: Asked, page: DeletePage): string {
  const { inTheWay, alert = null } = page;
  return framed(c, {
    title: "Delete your account",
    back: { href: "/account", text: "Your account" },
    children: (
      <>
        <h1>Delete your account</h1>
        <Alert text={alert} />
        {inTheWay.length > 0 ? <First boards={inTheWay} /> : <Consequences {...page} />}
        <section class="section" aria-labelledby="kept-title">
          <h2 id="kept-title">What stays, and why</h2>
          <ul class="may">
            <li>
              Payments, payouts and their amounts, for 7 years: South African tax and company law demands it. Without
              names and addresses; of a card the last four digits stay.
            </li>
            <li>What was done with the boards and when, for 7 years. Without your name and your address.</li>
            <li>Copies of the database, for at most 30 days.</li>
          </ul>
        </section>
        {inTheWay.length === 0 && <DeleteForm {...page} />}
      </>
    ),
  });
}

function First({ boards }: { boards: readonly InTheWay[] }) {
  return (
    <section class="section" aria-labelledby="first-title">
      <h2 id="first-title">These boards come first</h2>
      <p>Other people’s money is on its way. Once it has arrived, you can delete the account. Nothing was deleted.</p>
      <ul class="lines">
        {boards.map(({ href, childName, reason }) => (
          <li>
            <a href={href}>{childName}’s board</a>
            <p>{reason}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Consequences({ boards }: DeletePage) {
  return (
    <section class="section" aria-labelledby="happens-title">
      <h2 id="happens-title">What happens</h2>
      <ul class="may">
        <li>
          {boards === 0
            ? "You have no boards."
            : "Your boards disappear at once: the children’s names, the photos, the messages, and the names of those who chipped in. Their links lead nowhere."}
        </li>
        <li>
          Your name, your address, your logins and what you have begun are erased. You manage no one’s board any more.
        </li>
        <li>It cannot be undone. You may want to download your data first.</li>
      </ul>
      <NextLink href="/account/export.json">Download my data</NextLink>
    </section>
  );
}

function DeleteForm({ host, mistake, typed = "" }: DeletePage) {
  return (
    <form method="post" action="/account/delete" novalidate>
      <FormToken csrf={host.csrf} />
      <Field name="confirm" label="Type your e-mail address to confirm" hint={`It is ${host.email}`} error={mistake}>
        <input
          {...controlOf("confirm", mistake, mistake && "confirm")}
          type="text"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          maxlength={255}
          value={typed}
        />
      </Field>
      <Action>
        <button class="button grave" type="submit">
          Delete my account for good
        </button>
      </Action>
    </form>
  );
}

export function renderDeletedPage(c: Asked): string {
  return renderHostPage({
    c,
    title: "Your account is deleted",
    children: (
      <>
        <Rosette sign="tick" />
        <h1>Your account is deleted</h1>
        <p class="lede">Your name, your address and your boards are gone. Thank you for the birthdays.</p>
        <NextLink href="/">ChipIn</NextLink>
      </>
    ),
  });
}

type Framed = Readonly<{ title: string; back: { href: string; text: string }; children?: Child }>;

function framed(c: Asked, { title, back, children }: Framed): string {
  return renderPage(
    <Page origin={c.var.services.settings.PUBLIC_ORIGIN} title={title} description="Your account on ChipIn" hostStyle>
      <Card kind="host">
        <a class="back" href={back.href}>
          <span aria-hidden="true">←</span> {back.text}
        </a>
        {children}
      </Card>
    </Page>,
  );
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
