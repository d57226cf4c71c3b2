import type { HostOverview } from "#domain/board/host-reads";
import { addDays, zoneDate } from "#domain/time";
import { Action, Button, ButtonLink } from "../../ui/button.tsx";
import { controlOf, Field } from "../../ui/form.tsx";
import { Alert, Notice } from "../../ui/notice.tsx";
import { FormToken } from "../host-page.tsx";
import type { HostSite } from "./parts.tsx";
import { closingDay, isOpen } from "./words.ts";

export const MAX_MESSAGE_LENGTH = 280;
/** A deadline may be so many days ahead. (`isDeadlineInRange`) */
const MAX_DAYS = 90;

export type SettingsErrors = Readonly<{ message?: string; deadline?: string; photo?: string }>;

export type SettingsProps = Readonly<{
  site: HostSite;
  overview: HostOverview;
  path: string;
  typed?: Readonly<{ message?: string; deadline?: string }>;
  errors?: SettingsErrors;
  /** Said above everything. */
  alert?: string | null;
}>;

/** Each part is a form of its own, so that two parents who change different things at the same time both succeed. */
export function SettingsTab({ site, overview, path, typed = {}, errors = {}, alert = null }: SettingsProps) {
  const { board, view } = overview;
  if (!view) return <Notice>The names and messages of this board were removed. Nothing on it can change.</Notice>;
  const wrong = Object.keys(errors)[0];
  const isFaulty = wrong !== undefined;
  return (
    <>
      <Alert text={alert ?? (isFaulty ? "Nothing was changed yet: please look at what is marked below." : null)} />
      <section class="section" aria-labelledby="message-title">
        <h2 id="message-title">Your message to guests</h2>
        <form method="post" action={`${path}/settings`} novalidate>
          <FormToken csrf={site.csrf} />
          <Field
            name="message"
            label="Message"
            optional="optional"
            hint={`Up to ${MAX_MESSAGE_LENGTH} characters. Everyone with the link sees it.`}
            error={errors.message}
          >
            <textarea rows={4} dir="auto" {...controlOf("message", errors.message, wrong)}>
              {typed.message ?? board.message ?? ""}
            </textarea>
          </Field>
          <Action>
            <Button quiet>Save the message</Button>
          </Action>
        </form>
      </section>
      <section class="section" aria-labelledby="photo-title">
        <h2 id="photo-title">The photo</h2>
        <form method="post" action={`${path}/photo`} enctype="multipart/form-data" novalidate>
          <FormToken csrf={site.csrf} />
          <Field name="photo" label="Another photo" hint="JPEG, PNG or WebP, up to 5 MB." error={errors.photo}>
            <input type="file" accept="image/jpeg,image/png,image/webp" {...controlOf("photo", errors.photo, wrong)} />
          </Field>
          <Action>
            <Button quiet>Change the photo</Button>
          </Action>
        </form>
      </section>
      {isOpen(board) && view.acceptsContributions && (
        <Extend site={site} path={path} overview={overview} typed={typed} errors={errors} wrong={wrong} />
      )}
      <section class="section" aria-labelledby="together-title">
        <h2 id="together-title">Two parents, one board</h2>
        <p>Another parent can manage it with you. You both see who did what.</p>
        <ButtonLink quiet href={`${path}/parents`}>
          Parents and what they did
        </ButtonLink>
      </section>
      {isOpen(board) && (
        <section class="section" aria-labelledby="end-title">
          <h2 id="end-title">End the board</h2>
          <p>Before anything happens you see the amounts, and can still go back.</p>
          <div class="choices">
            <ButtonLink quiet href={`${path}/close`}>
              Close it early
            </ButtonLink>
            <ButtonLink quiet href={`${path}/cancel`}>
              Cancel and refund
            </ButtonLink>
          </div>
        </section>
      )}
    </>
  );
}

type ExtendProps = Pick<SettingsProps, "site" | "path" | "overview"> &
  Required<Pick<SettingsProps, "typed" | "errors">> & { wrong: string | undefined };

function Extend({ site, path, overview: { board }, typed, errors, wrong }: ExtendProps) {
  const last = new Date(Date.parse(board.deadline) - 1);
  const earliest = zoneDate(addDays(last > site.now ? last : site.now, 1));
  const latest = zoneDate(addDays(site.now, MAX_DAYS));
  if (earliest > latest) return null;
  return (
    <section class="section" aria-labelledby="deadline-title">
      <h2 id="deadline-title">More time</h2>
      <p>It is open until {closingDay(board.deadline)}. You can make that later, not earlier.</p>
      <form method="post" action={`${path}/settings`} novalidate>
        <FormToken csrf={site.csrf} />
        <Field
          name="deadline"
          label="Open until the end of"
          hint={`A later day, ${MAX_DAYS} days from today at the latest.`}
          error={errors.deadline}
        >
          <input
            type="date"
            min={earliest}
            max={latest}
            value={typed.deadline ?? ""}
            {...controlOf("deadline", errors.deadline, wrong)}
          />
        </Field>
        <Action>
          <Button quiet>Extend it</Button>
        </Action>
      </form>
    </section>
  );
}
