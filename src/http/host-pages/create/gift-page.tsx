import type { Cause } from "#domain/causes";
import type { Errors, GiftField, GiftTyped } from "#domain/draft";
import { formatRand } from "#domain/money";
import { Action, Button } from "../../ui/button.tsx";
import { controlOf, Field, Mistake } from "../../ui/form.tsx";
import { type FormKeys, formPath, Keys, renderStep } from "./frame.tsx";

export type GiftPage = Readonly<{
  origin: string;
  keys: FormKeys;
  causes: readonly Cause[];
  typed: GiftTyped | undefined;
  errors?: Errors<GiftField>;
  alert?: string | null;
}>;

export function renderGiftPage({ origin, keys, causes, typed, errors = {}, alert = null }: GiftPage): string {
  const [wrong] = Object.keys(errors);
  const type = typed?.gift_type || "takealot_product";
  return renderStep({
    origin,
    step: "gift",
    keys,
    alert,
    faulty: wrong !== undefined,
    title: "What is the dream gift?",
    lede: "One thing everyone chips in for. Or a good cause, instead of a gift.",
    children: (
      <form method="post" action={formPath("gift", keys)} enctype="multipart/form-data" novalidate>
        <Keys {...keys} />
        <fieldset aria-describedby={errors.gift_type ? "gift_type-error" : undefined}>
          <legend>The gift is</legend>
          <Choice name="gift_type" value="takealot_product" chosen={type} title="Something from Takealot">
            A toy, a bicycle, anything from R20.
          </Choice>
          <Choice name="gift_type" value="philanthropy" chosen={type} title="A gift of giving">
            Everything goes to a good cause.
          </Choice>
          <Mistake of="gift_type" text={errors.gift_type} />
        </fieldset>
        <ProductPart typed={typed} errors={errors} wrong={wrong} causes={causes} />
        <GivingPart typed={typed} errors={errors} causes={causes} />
        <Action>
          <Button>On to the details</Button>
        </Action>
      </form>
    ),
  });
}

type PartProps = Readonly<{
  typed: GiftTyped | undefined;
  errors: Errors<GiftField>;
  wrong?: string | undefined;
  causes: readonly Cause[];
}>;

function ProductPart({ typed, errors, wrong, causes }: PartProps) {
  return (
    <div class="part of-product">
      <Field
        name="product_url"
        label="The link at Takealot"
        hint="Paste it, and we read the name, the price and the picture. Or type them below."
        error={errors.product_url}
      >
        <input
          {...controlOf("product_url", errors.product_url, wrong)}
          type="text"
          inputmode="url"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          maxlength={2_048}
          value={typed?.product_url ?? ""}
        />
      </Field>
      <Field name="product_name" label="Its name" hint="As your guests should read it." error={errors.product_name}>
        <input
          {...controlOf("product_name", errors.product_name, wrong)}
          type="text"
          autocomplete="off"
          dir="auto"
          maxlength={220}
          value={typed?.product_name ?? ""}
        />
      </Field>
      <Field
        name="product_price"
        label="Its price"
        hint="This becomes the goal. Guests see how far you are, and never the price."
        error={errors.product_price}
      >
        <div class="rand">
          <span aria-hidden="true">R</span>
          <input
            {...controlOf("product_price", errors.product_price, wrong)}
            type="text"
            inputmode="decimal"
            autocomplete="off"
            value={typed?.product_price ?? ""}
          />
        </div>
      </Field>
      <Field
        name="product_image"
        label="A picture of it"
        optional="optional"
        hint="A JPEG, PNG or WebP of up to 5 MB. Without one guests see a wrapped gift."
        error={errors.product_image}
      >
        {typed?.product_image ? (
          <div class="chosen">
            <img src={typed.product_image} alt="What you chose" width="88" height="88" />
            <span>This picture is kept. Choose another one to replace it.</span>
          </div>
        ) : null}
        <input
          {...controlOf("product_image", errors.product_image, wrong)}
          type="file"
          accept="image/jpeg,image/png,image/webp"
        />
      </Field>
      <fieldset aria-describedby={errors.overflow_cause_id ? "overflow_cause_id-error" : undefined}>
        <legend>If more comes in than the gift costs</legend>
        <p class="hint">The rest goes to a good cause, in the child’s name.</p>
        {causes.map(({ id, name, organisation }) => (
          <Choice name="overflow_cause_id" value={id} chosen={typed?.overflow_cause_id ?? ""} title={name}>
            {organisation}
          </Choice>
        ))}
        <Mistake of="overflow_cause_id" text={errors.overflow_cause_id} />
      </fieldset>
    </div>
  );
}

function GivingPart({ typed, errors, causes }: PartProps) {
  return (
    <div class="part of-giving">
      <fieldset aria-describedby={errors.cause_id || errors.impact ? "cause_id-error impact-error" : undefined}>
        <legend>The good cause</legend>
        <Mistake of="cause_id" text={errors.cause_id} />
        <Mistake of="impact" text={errors.impact} />
        {causes.map(({ id, name, organisation, impacts }) => (
          <div class="cause">
            <Choice name="cause_id" value={id} chosen={typed?.cause_id ?? ""} title={name}>
              {organisation}
            </Choice>
            <div class="levels">
              {impacts.map(({ goal, impact }) => (
                <Choice
                  name="impact"
                  value={String(goal)}
                  chosen={typed?.cause_id === id ? typed.impact : ""}
                  title={impact}
                >
                  {formatRand(goal)}
                </Choice>
              ))}
            </div>
          </div>
        ))}
      </fieldset>
    </div>
  );
}

export type ChoiceProps = Readonly<{ name: string; value: string; chosen: string; title: string; children?: unknown }>;

export function Choice({ name, value, chosen, title, children }: ChoiceProps) {
  return (
    <label class="choice">
      <input type="radio" name={name} value={value} checked={value === chosen} />
      <span>
        <strong>{title}</strong> {children}
      </span>
    </label>
  );
}
