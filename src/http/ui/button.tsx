import type { Child, JSX } from "hono/jsx";

type Look = {
  /** Not the first thing to do on its page. */
  quiet?: boolean;
};

/** Sends the form it is in, unless it has another `type`. */
export function Button({ quiet = false, children, ...attributes }: Look & JSX.IntrinsicElements["button"]) {
  return (
    <button class={classOf(quiet)} type="submit" {...attributes}>
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({ quiet = false, children, ...attributes }: Look & JSX.IntrinsicElements["a"]) {
  return (
    <a class={classOf(quiet)} {...attributes}>
      {children}
    </a>
  );
}

type ActionProps = {
  /** Keeps it at the lower edge of the screen while the page scrolls. */
  sticky?: boolean;
  /** What the style sheet knows it by, beside `act`. */
  kind?: string;
  children?: Child;
};

/** The paragraph around the button of a page or of a form. */
export function Action({ sticky = false, kind, children }: ActionProps) {
  const classes = ["act", sticky ? null : "still", kind];
  return <p class={classes.filter(Boolean).join(" ")}>{children}</p>;
}

/** A plain link below the button, to something else that can be done. */
export function NextLink({ href, children }: { href: string; children?: Child }) {
  return (
    <p class="next">
      <a href={href}>{children}</a>
    </p>
  );
}

function classOf(quiet: boolean): string {
  return quiet ? "button quiet" : "button";
}
