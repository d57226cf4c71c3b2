import type { HostContribution } from "#domain/board/host-reads";
import { publicId } from "#domain/ids";
import { formatRand } from "#domain/money";
import { Button, NextLink } from "../../ui/button.tsx";
import { FormToken } from "../host-page.tsx";
import type { HostSite } from "./parts.tsx";
import { METHODS, moment, nameOf, STATES } from "./words.ts";

export type ContributorsProps = Readonly<{
  site: HostSite;
  path: string;
  contributions: readonly HostContribution[];
  /** Address of the earlier contributions; null when these are the last. */
  more: string | null;
  isFirstPage: boolean;
  /** The names and messages of this board were removed. */
  anonymised: boolean;
}>;

/** Who chipped in, the newest first. */
export function ContributorsTab({ site, path, contributions, more, isFirstPage, anonymised }: ContributorsProps) {
  if (contributions.length === 0 && isFirstPage) {
    return <p class="lede">There are no contributions yet. Share the link with family and friends!</p>;
  }
  return (
    <section aria-labelledby="people">
      <h2 id="people">Who chipped in</h2>
      <ul class="lines">
        {contributions.map((contribution) => (
          <Line contribution={contribution} site={site} path={path} mayHide={!anonymised} />
        ))}
      </ul>
      {more && <NextLink href={more}>Earlier contributions</NextLink>}
    </section>
  );
}

type LineProps = { contribution: HostContribution; site: HostSite; path: string; mayHide: boolean };

function Line({ contribution, site, path, mayHide }: LineProps) {
  const { id, name, message, amount, paidAt, method, state, nameHidden, messageHidden } = contribution;
  const shown = nameOf(name);
  return (
    <li id={publicId("contribution", id)}>
      <div class="who">
        <h3>
          <bdi>{shown}</bdi>
        </h3>
        <span class="amount">{formatRand(amount)}</span>
      </div>
      <p>
        <time datetime={paidAt}>{moment(paidAt)}</time> · {METHODS[method]}
        {state !== "in_pot" && (
          <>
            {" "}
            · <strong>{STATES[state]}</strong>
          </>
        )}
      </p>
      {message && (
        <blockquote>
          <p dir="auto">{message}</p>
        </blockquote>
      )}
      {(nameHidden || messageHidden) && (
        <p>
          <span class="pill grey">{hiddenWords(nameHidden, messageHidden)}</span>
        </p>
      )}
      {mayHide && (
        <details>
          <summary>
            Change <span class="unseen">what is shown of {shown}</span>
          </summary>
          <form method="post" action={`${path}/contributors`}>
            <FormToken csrf={site.csrf} />
            <input type="hidden" name="contribution" value={publicId("contribution", id)} />
            <div class="choices">
              <Choice of="name" hidden={nameHidden} text="name" />
              {message && <Choice of="message" hidden={messageHidden} text="message" />}
            </div>
          </form>
          <p>
            A hidden name is “Anonymous” for guests. A hidden name or message is in no further e-mail. You still see
            both here.
          </p>
          <form method="post" action={`${path}/report`}>
            <FormToken csrf={site.csrf} />
            <input type="hidden" name="contribution" value={publicId("contribution", id)} />
            <button class="link" type="submit">
              Report it to ChipIn
            </button>
          </form>
        </details>
      )}
    </li>
  );
}

function Choice({ of, hidden, text }: { of: "name" | "message"; hidden: boolean; text: string }) {
  return (
    <Button quiet name={of} value={hidden ? "shown" : "hidden"}>
      {hidden ? "Show" : "Hide"} the {text}
    </Button>
  );
}

function hiddenWords(name: boolean, message: boolean): string {
  if (name && message) return "Name and message are hidden";
  return name ? "The name is hidden from guests" : "The message is hidden";
}
