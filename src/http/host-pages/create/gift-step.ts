import { activeCauses } from "#boards/causes";
import { type GiftTyped, judgeGift } from "#domain/draft";
import { formatRand } from "#domain/money";
import { PRODUCT_PROBLEMS, takealotProduct } from "#domain/takealot";
import { readProduct, readProductPicture } from "#gifts/read-product";
import { keepPicture } from "#media/keep-picture";
import { keepUpload } from "#media/keep-upload";
import type { KnownDraft } from "#wizard/drafts";
import { fieldsOf } from "../../guest-pages/answer-checkout.ts";
import { respondToHost } from "../host-page.tsx";
import { type GiftPage, renderGiftPage } from "./gift-page.tsx";
import { saveStep } from "./save-step.ts";
import { draftOfForm, keysOf, showStep, textOf, tooLarge, type WizardContext } from "./wizard-context.ts";

export async function showGift(c: WizardContext): Promise<Response> {
  return await showStep(c, "gift", (known) => page(c, known, { typed: known.draft.gift, ...tooLarge(c) }));
}

export async function sendGift(c: WizardContext): Promise<Response> {
  const { services, host } = c.var;
  const fields = await fieldsOf(c);
  const known = await draftOfForm(c, fields);
  if (known instanceof Response) return known;
  const image = await keepUpload(services, { file: fields.product_image, kind: "gift", waitMs: host.waits.upload });
  const isKept = image !== null && "path" in image;
  const posted: GiftTyped = {
    gift_type: textOf(fields.gift_type),
    product_url: textOf(fields.product_url).trim(),
    product_name: textOf(fields.product_name),
    product_price: textOf(fields.product_price),
    product_image: isKept ? image.path : (known.draft.gift?.product_image ?? ""),
    overflow_cause_id: textOf(fields.overflow_cause_id),
    cause_id: textOf(fields.cause_id),
    impact: textOf(fields.impact),
  };
  const looked = await lookUp(c, posted, known.draft.gift, isKept);
  const typed = { ...posted, ...looked.found };
  const judged = judgeGift(typed, { causes: await activeCauses(services) });
  const errors = {
    ...(!judged.ok && judged.errors),
    ...(image && "refused" in image && { product_image: image.reason }),
    ...(looked.problem && { product_url: looked.problem }),
  };
  return await saveStep(c, known, {
    step: "gift",
    draft: { ...known.draft, gift: typed },
    next: Object.keys(errors).length === 0 ? "details" : null,
    show: (saved, alert) => page(c, saved, { typed, errors, alert }),
  });
}

/** What Takealot's page adds to a link without a name and a price, or to another link than before. */
async function lookUp(c: WizardContext, typed: GiftTyped, before: GiftTyped | undefined, hasPicture: boolean) {
  const nothing: { found?: Partial<GiftTyped>; problem?: string } = {};
  const { product_url: link, product_name: name, product_price: price } = typed;
  if (typed.gift_type !== "takealot_product" || link === "" || "reason" in takealotProduct(link)) return nothing;
  const isEmpty = name.trim() === "" && price.trim() === "";
  const isOld =
    before !== undefined &&
    before.product_url !== link &&
    before.product_name === name &&
    before.product_price === price;
  if (!isEmpty && !isOld) return nothing;
  const { services, host } = c.var;
  const read = await readProduct(services, link, { waitMs: host.waits.look_up });
  if (!read.ok) return { ...nothing, problem: PRODUCT_PROBLEMS[read.problem] };
  const { product } = read;
  const file = hasPicture ? null : await readProductPicture(services, product);
  const kept = file ? await keepPicture(services, file, "gift") : null;
  const found: Partial<GiftTyped> = {
    product_name: product.name,
    product_price: formatRand(product.price).slice(1),
    ...(!hasPicture && { product_image: kept && "path" in kept ? kept.path : "" }),
  };
  return { found, ...(!product.inStock && { problem: PRODUCT_PROBLEMS.OUT_OF_STOCK }) };
}

async function page(
  c: WizardContext,
  known: KnownDraft,
  shown: Omit<GiftPage, "origin" | "causes" | "keys">,
): Promise<Response> {
  const { services } = c.var;
  const site = { origin: services.settings.PUBLIC_ORIGIN, causes: await activeCauses(services) };
  return respondToHost(c, renderGiftPage({ ...site, keys: keysOf(c, known), ...shown }));
}
