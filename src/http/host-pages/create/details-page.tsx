import { endOfDay, lastDayRange } from "#domain/board/deadline";
import { MAX_EMAIL, MAX_MESSAGE } from "#domain/board/field-rules";
import {
  type Child,
  type DetailsField,
  type DetailsTyped,
  type DraftGift,
  type Errors,
  goalOf,
  type LastDayChoice,
  lastDayChoices,
} from "#domain/draft";
import { formatRand } from "#domain/money";
import { zoneFormat } from "#domain/time";
import { Action, Button } from "../../ui/button.tsx";
import { controlOf, Field, Mistake } from "../../ui/form.tsx";
import { type FormKeys, Keys, renderStep } from "./frame.tsx";
import { Choice } from "./gift-page.tsx";

export type DetailsPage = Readonly<{
  origin: string;
  now: Date;
  keys: FormKeys;
  child: Child;
  gift: DraftGift;
  typed: DetailsTyped;
  /** A card's number that was typed just now and cannot be read. */
  typedCard?: string;
  errors?: Errors<DetailsField>;
  alert?: string | null;
}>;

const dayFormat = zoneFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });
const LAST_DAYS: Readonly<Record<LastDayChoice["what"], string>> = {
  birthday: "The birthday",
  day_before: "The day before",
  week: "In 1 week",
  two_weeks: "In 2 weeks",
  month: "In 1 month",
};

export function renderDetailsPage(props: DetailsPage): string {
  const { origin, now, keys, child, gift, typed, typedCard = "", errors = {}, alert = null } = props;
  const [wrong] = Object.keys(errors);
  const { first, last } = lastDayRange(now);
  const name = gift.type === "takealot_product" ? gift.name : gift.level.impact;
  return renderStep({
    origin,
    step: "details",
    keys,
    alert,
    faulty: wrong !== undefined,
    scripts: ["details"],
    title: "How does it reach you?",
    lede: `${name}: ${formatRand(goalOf(gift))}, for ${child.name}.`,
    children: (
      <form method="post" action="/create/details" novalidate>
        <Keys {...keys} />
        {gift.type === "takealot_product" && (
          <fieldset aria-describedby={errors.payout_method ? "payout_method-error" : undefined}>
            <legend>When the board closes, we send</legend>
            <Choice
              name="payout_method"
              value="takealot_gift_card"
              chosen={typed.payout_method}
              title="A Takealot gift card"
            >
              By e-mail. You buy the gift with it.
            </Choice>
            <Choice
              name="payout_method"
              value="karri_card_topup"
              chosen={typed.payout_method}
              title="A top-up of a Karri card"
            >
              The money is on the card.
            </Choice>
            <Mistake of="payout_method" text={errors.payout_method} />
          </fieldset>
        )}
        {gift.type === "takealot_product" && (
          <div class="part of-karri">
            <Field
              name="karri_card_number"
              label="The number of the Karri card"
              hint={
                typed.card
                  ? `The card that ends in ${typed.card.last4} is kept. Type another number to replace it.`
                  : "12 to 19 digits. It is stored encrypted, and guests never see it."
              }
              error={errors.karri_card_number}
            >
              <input
                {...controlOf("karri_card_number", errors.karri_card_number, wrong)}
                type="text"
                inputmode="numeric"
                autocomplete="off"
                maxlength={30}
                value={typedCard}
              />
            </Field>
          </div>
        )}
        <Field
          name="payout_email"
          label="Your e-mail address for it"
          hint={
            gift.type === "takealot_product" ? "The gift card goes there." : "The receipt of the donation goes there."
          }
          error={errors.payout_email}
        >
          <input
            {...controlOf("payout_email", errors.payout_email, wrong)}
            type="email"
            autocomplete="email"
            maxlength={MAX_EMAIL}
            value={typed.payout_email}
            required
          />
        </Field>
        <Field
          name="message"
          label="A message to your guests"
          optional="optional"
          hint={`Up to ${MAX_MESSAGE} characters, on the board.`}
          error={errors.message}
        >
          <textarea {...controlOf("message", errors.message, wrong)} rows={3} dir="auto" data-limit={MAX_MESSAGE}>
            {typed.message}
          </textarea>
        </Field>
        <Field
          name="deadline"
          label="The last day to chip in"
          hint="To the end of that day, 1 to 90 days from now."
          error={errors.deadline}
        >
          <input
            {...controlOf("deadline", errors.deadline, wrong)}
            type="date"
            min={first}
            max={last}
            value={typed.deadline}
            required
          />
        </Field>
        <fieldset class="days">
          <legend>Or take one of these</legend>
          {lastDayChoices(child.birthday, now).map(({ what, day }) => (
            <Choice name="last_day" value={day} chosen={typed.deadline} title={LAST_DAYS[what]}>
              {dayFormat().format(endOfDay(day)).replace(",", "")}
            </Choice>
          ))}
        </fieldset>
        <Action>
          <Button>See the board</Button>
        </Action>
      </form>
    ),
  });
}
