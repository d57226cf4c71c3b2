import type { Child } from "hono/jsx";

type FieldProps = {
  name: string;
  label: string;
  hint: string;
  /** The hint while the field is empty, where a script writes another one. */
  emptyHint?: string;
  /** The word that says so, for a field that may stay empty. */
  optional?: string;
  error?: string | undefined;
  /** The control, with the attributes of `controlOf`. */
  children?: Child;
};

/** A control with its label, its hint and what is wrong with its value. */
export function Field({ name, label, hint, emptyHint, optional, error, children }: FieldProps) {
  return (
    <div class="field">
      <label for={name}>
        {label} {optional && <span class="optional">{optional}</span>}
      </label>
      {children}
      <Mistake of={name} text={error} />
      <p class="hint" id={`${name}-hint`} data-empty={emptyHint}>
        {hint}
      </p>
    </div>
  );
}

/** Attributes that tie a control to its `Field`. The first field that is wrong gets the focus. */
export function controlOf(name: string, error: string | undefined, firstWrong: string | undefined) {
  return {
    id: name,
    name,
    "aria-describedby": error ? `${name}-error ${name}-hint` : `${name}-hint`,
    ...(error && { "aria-invalid": "true" as const }),
    ...(name === firstWrong && { autofocus: true }),
  };
}

/** What is wrong with the value of the field `of`. Nothing without a text. */
export function Mistake({ of, text }: { of: string; text?: string | undefined }) {
  return text ? (
    <p class="mistake" id={`${of}-error`}>
      {text}
    </p>
  ) : null;
}
