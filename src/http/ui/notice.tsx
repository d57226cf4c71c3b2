import type { Child } from "hono/jsx";

/** A framed paragraph. With `live`, screen readers read it when it appears. */
export function Notice({ live = false, children }: { live?: boolean; children?: Child }) {
  return (
    <p class="notice" role={live ? "status" : undefined}>
      {children}
    </p>
  );
}

/** Says at the top of a page what is wrong with it. Nothing without a text. */
export function Alert({ text }: { text: string | null }) {
  return text ? (
    <p class="notice bad" role="alert">
      {text}
    </p>
  ) : null;
}
