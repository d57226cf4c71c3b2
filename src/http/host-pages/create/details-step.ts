import { isKarriNumber, karriDigits } from "#domain/board/field-rules";
import {
  type DetailsTyped,
  judgeChild,
  judgeDetails,
  judgeGift,
  lastDayOf,
  PAYOUT_METHODS_OF,
  stepBefore,
  usualLastDay,
} from "#domain/draft";
import { passesLuhn } from "#domain/luhn";
import { keyringOf } from "#privacy/encryption";
import { sealText } from "#privacy/sealed";
import type { KnownDraft } from "#wizard/drafts";
import { fieldsOf } from "../../guest-pages/answer-checkout.ts";
import { redirect } from "../../ui/respond.ts";
import { respondToHost } from "../host-page.tsx";
import { type DetailsPage, renderDetailsPage } from "./details-page.tsx";
import { stepPath } from "./frame.tsx";
import { saveStep } from "./save-step.ts";
import { circumstancesOf, draftOfForm, keysOf, showStep, textOf, type WizardContext } from "./wizard-context.ts";

const CARD_REFUSED = "Karri does not know this card. Please check its number.";

export async function showDetails(c: WizardContext): Promise<Response> {
  const isRefused = c.req.query("card") === "refused";
  const errors = isRefused ? { karri_card_number: CARD_REFUSED } : {};
  return await showStep(c, "details", (known) => page(c, known, { typed: known.draft.details, errors }));
}

export async function sendDetails(c: WizardContext): Promise<Response> {
  const { services, host } = c.var;
  const fields = await fieldsOf(c);
  const known = await draftOfForm(c, fields);
  if (known instanceof Response) return known;
  const digits = karriDigits(textOf(fields.karri_card_number));
  const isCard = isKarriNumber(digits);
  const typed: DetailsTyped = {
    payout_email: textOf(fields.payout_email) || (fields.payout_email === undefined ? host.email : ""),
    payout_method: textOf(fields.payout_method),
    card: isCard
      ? {
          sealed: await sealText(keyringOf(services.settings), digits),
          last4: digits.slice(-4),
          isDoubtful: !passesLuhn(digits),
        }
      : (known.draft.details?.card ?? null),
    message: textOf(fields.message),
    deadline: lastDayOf({
      typed: textOf(fields.deadline),
      chosen: textOf(fields.last_day),
      shown: known.draft.details?.deadline ?? usualLastDay(known.draft.child?.birthday_date ?? "", services.now()),
    }),
  };
  const typedCard = isCard ? "" : textOf(fields.karri_card_number);
  const giftType = known.draft.gift?.gift_type === "philanthropy" ? "philanthropy" : "takealot_product";
  const judged = judgeDetails(typed, giftType, { now: services.now() }, typedCard);
  const errors = judged.ok ? {} : judged.errors;
  return await saveStep(c, known, {
    step: "details",
    draft: { ...known.draft, details: typed },
    next: stepBefore("details", known.draft, await circumstancesOf(c)) ?? (judged.ok ? "review" : null),
    show: (saved, alert) => page(c, saved, { typed, errors, alert, typedCard }),
  });
}

type Shown = Pick<DetailsPage, "errors" | "alert" | "typedCard"> & Readonly<{ typed: DetailsTyped | undefined }>;

async function page(c: WizardContext, known: KnownDraft, { typed, ...shown }: Shown): Promise<Response> {
  const { services, host } = c.var;
  const at = await circumstancesOf(c);
  const [child, gift] = [judgeChild(known.draft.child, at), judgeGift(known.draft.gift, at)];
  if (!child.ok) return redirect(stepPath("child", known.id));
  if (!gift.ok) return redirect(stepPath("gift", known.id));
  const [usualMethod] = PAYOUT_METHODS_OF[gift.value.type];
  const deadline = usualLastDay(child.value.birthday, at.now);
  const usual = { payout_email: host.email, payout_method: usualMethod, card: null, message: "", deadline };
  const html = renderDetailsPage({
    origin: services.settings.PUBLIC_ORIGIN,
    now: at.now,
    keys: keysOf(c, known),
    child: child.value,
    gift: gift.value,
    typed: typed ?? usual,
    ...shown,
  });
  return respondToHost(c, html);
}
