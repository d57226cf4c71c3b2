import { birthdayRange, MAX_CHILD_NAME } from "#domain/board/field-rules";
import type { ChildField, ChildTyped, Errors } from "#domain/draft";
import { Action, Button, NextLink } from "../../ui/button.tsx";
import { controlOf, Field } from "../../ui/form.tsx";
import { type FormKeys, formPath, Keys, renderStep, stepPath } from "./frame.tsx";

export type ChildPage = Readonly<{
  origin: string;
  now: Date;
  keys: FormKeys;
  typed: ChildTyped | undefined;
  errors?: Errors<ChildField>;
  alert?: string | null;
  /** A draft that was begun before. */
  earlier?: string | null;
}>;

export function renderChildPage({
  origin,
  now,
  keys,
  typed,
  errors = {},
  alert = null,
  earlier = null,
}: ChildPage): string {
  const [wrong] = Object.keys(errors);
  const { first, last } = birthdayRange(now);
  return renderStep({
    origin,
    step: "child",
    keys,
    alert,
    faulty: wrong !== undefined,
    scripts: ["photo"],
    title: "Whose birthday is it?",
    lede: "A name, a photo and the day: that is what your guests see first.",
    children: (
      <>
        <form method="post" action={formPath("child", keys)} enctype="multipart/form-data" novalidate data-photo-form>
          <Keys {...keys} />
          <Field
            name="child_name"
            label="The child’s first name"
            hint="First name only, please: the page is for everyone with the link."
            error={errors.child_name}
          >
            <input
              {...controlOf("child_name", errors.child_name, wrong)}
              type="text"
              autocomplete="off"
              dir="auto"
              maxlength={MAX_CHILD_NAME + 20}
              value={typed?.child_name ?? ""}
              required
            />
          </Field>
          <Field
            name="birthday_date"
            label="The birthday"
            hint="From today to 90 days ahead."
            error={errors.birthday_date}
          >
            <input
              {...controlOf("birthday_date", errors.birthday_date, wrong)}
              type="date"
              min={first}
              max={last}
              value={typed?.birthday_date ?? ""}
              required
            />
          </Field>
          <Field
            name="photo"
            label="A photo of the child"
            hint="A JPEG, PNG or WebP of up to 5 MB. It is shown as a circle; where it was taken is removed."
            error={errors.photo}
          >
            {typed?.photo ? (
              <div class="chosen">
                <img class="round" src={typed.photo} alt="What you chose" width="88" height="88" />
                <span>This photo is kept. Choose another one to replace it.</span>
              </div>
            ) : null}
            <input
              {...controlOf("photo", errors.photo, wrong)}
              type="file"
              accept="image/jpeg,image/png,image/webp"
              required={!typed?.photo}
            />
          </Field>
          <Action>
            <Button>On to the gift</Button>
          </Action>
        </form>
        {earlier !== null && (
          <NextLink href={stepPath("review", earlier)}>Go on with the board you have begun</NextLink>
        )}
      </>
    ),
  });
}
