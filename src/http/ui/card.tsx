import type { JSX } from "hono/jsx";

type CardProps = JSX.HTMLAttributes & {
  /** What the style sheet knows it by, beside `card`. */
  kind?: string;
};

/** The one `<main>` of a page. */
export function Card({ kind, children, ...attributes }: CardProps) {
  return (
    <main class={kind ? `card ${kind}` : "card"} {...attributes}>
      {children}
    </main>
  );
}
