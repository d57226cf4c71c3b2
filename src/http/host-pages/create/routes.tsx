import { type Context, Hono } from "hono";
import { activeCauses } from "#boards/causes";
import { findBoard } from "#boards/read-board";
import { isKarriNumber, karriDigits } from "#domain/board/field-rules";
import { previewBoard } from "#domain/board/preview";
import { DEFAULT_PARTNER } from "#domain/default-partner";
import {
  type DetailsTyped,
  type Draft,
  type GiftTyped,
  goalOf,
  judgeChild,
  judgeDetails,
  judgeGift,
  PAYOUT_METHODS_OF,
  readDraft,
  STEPS,
  type Step,
  stepBefore,
  usualLastDay,
  type WholeDraft,
} from "#domain/draft";
import { newId, publicId } from "#domain/ids";
import { formatRand } from "#domain/money";
import type { PictureKind } from "#domain/pictures";
import type { RateRule } from "#domain/rate-limit";
import { PRODUCT_PROBLEMS, takealotProduct } from "#domain/takealot";
import { readProduct, readProductPicture } from "#gifts/read-product";
import { keepPicture } from "#media/keep-picture";
import { ChipInError } from "#platform/errors";
import { keyringOf } from "#privacy/encryption";
import { sealText } from "#privacy/sealed";
import { callLimiter } from "#rate-limits/call-limiter";
import { createBoard, profileOf } from "#wizard/create-board";
import { deleteDraft, findNewestDraft, type KnownDraft, readStored, saveDraft } from "#wizard/drafts";
import { fieldsOf } from "../../guest-pages/answer-checkout.ts";
import { answerNotFound } from "../../guest-pages/answer-error.ts";
import { siteFor } from "../../guest-pages/site.ts";
import { redirect } from "../../ui/respond.ts";
import { respondToHost } from "../host-page.tsx";
import { type HostEnv, hostRequired } from "../signed-in.ts";
import { renderChildPage } from "./child-page.tsx";
import { renderDetailsPage } from "./details-page.tsx";
import { type FormKeys, stepPath } from "./frame.tsx";
import { renderGiftPage } from "./gift-page.tsx";
import { renderReviewPage } from "./review-page.tsx";

type WizardContext = Context<HostEnv>;
type Fields = Readonly<Record<string, unknown>>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** As the account's object keeps them. A picture that is larger than this has too many megabytes. */
const MAX_PICTURE_BYTES = 5 * 1024 * 1024;
/** (product-facts 17.3) */
const UPLOADS: RateRule = { name: "uploads", limit: 20, windowMs: 3_600_000, kind: "sliding" };
const CHANGED_ELSEWHERE =
  "This board was changed in another tab meanwhile. Please check it, and press the button once more.";

/** The four steps in which a family makes a board. Each saves what was typed, right or wrong, and judges it. */
export const wizardPages = new Hono<HostEnv>();
wizardPages.use(
  hostRequired({
    draftIdOf: async (c) => idIn(c.req.method === "POST" ? (await fieldsOf(c)).draft : c.req.query("draft")),
  }),
);

wizardPages.get("/create/child", async (c) => {
  const { services, host } = c.var;
  if (c.req.query("draft") !== undefined)
    return onDraft(
      c,
      "child",
      ({ draft }) => draft.child,
      (c, known, typed) => childPage(c, known, typed),
    );
  const earlier = await findNewestDraft(services, host);
  return childPage(c, { id: newId(services.now()), version: 0, draft: {} }, undefined, { earlier, ...tooLarge(c) });
});

wizardPages.post("/create/child", async (c) => {
  const { services } = c.var;
  const fields = await fieldsOf(c);
  const known = await knownDraft(c, fields);
  if (known instanceof Response) return known;
  const photo = await pictureOf(c, fields.photo, "photo");
  const typed = {
    child_name: textOf(fields.child_name),
    birthday_date: textOf(fields.birthday_date),
    photo: photo?.path ?? known.draft.child?.photo ?? "",
  };
  const judged = judgeChild(typed, { now: services.now() });
  const errors = { ...(!judged.ok && judged.errors), ...(photo?.reason && { photo: photo.reason }) };
  return await save(
    c,
    known,
    { ...known.draft, child: typed },
    {
      step: "child",
      isRight: Object.keys(errors).length === 0,
      show: (saved, alert) => childPage(c, saved, typed, { errors, alert }),
    },
  );
});

wizardPages.get("/create/gift", (c) =>
  onDraft(
    c,
    "gift",
    ({ draft }) => draft.gift,
    async (c, known, typed) => giftPage(c, known, typed, tooLarge(c)),
  ),
);

wizardPages.post("/create/gift", async (c) => {
  const { services } = c.var;
  const fields = await fieldsOf(c);
  const known = await knownDraft(c, fields);
  if (known instanceof Response) return known;
  const image = await pictureOf(c, fields.product_image, "gift");
  const posted: GiftTyped = {
    gift_type: textOf(fields.gift_type),
    product_url: textOf(fields.product_url).trim(),
    product_name: textOf(fields.product_name),
    product_price: textOf(fields.product_price),
    product_image: image?.path ?? known.draft.gift?.product_image ?? "",
    overflow_cause_id: textOf(fields.overflow_cause_id),
    cause_id: textOf(fields.cause_id),
    impact: textOf(fields.impact),
  };
  const looked = await lookUp(c, posted, known.draft.gift, image?.path !== undefined);
  const typed = { ...posted, ...looked.found };
  const judged = judgeGift(typed, { causes: await activeCauses(services) });
  const errors = {
    ...(!judged.ok && judged.errors),
    ...(image?.reason && { product_image: image.reason }),
    ...(looked.problem && { product_url: looked.problem }),
  };
  return await save(
    c,
    known,
    { ...known.draft, gift: typed },
    {
      step: "gift",
      isRight: Object.keys(errors).length === 0,
      show: (saved, alert) => giftPage(c, saved, typed, { errors, alert }),
    },
  );
});

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
  const read = await readProduct(services, link, host.id);
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

wizardPages.get("/create/details", (c) =>
  onDraft(
    c,
    "details",
    ({ draft }) => draft.details,
    async (c, known, typed) => {
      const isRefused = c.req.query("card") === "refused";
      const errors = isRefused ? { karri_card_number: CARD_REFUSED } : {};
      return detailsPage(c, known, typed, { errors });
    },
  ),
);

const CARD_REFUSED = "Karri does not know this card. Please check its number.";

wizardPages.post("/create/details", async (c) => {
  const { services, host } = c.var;
  const fields = await fieldsOf(c);
  const known = await knownDraft(c, fields);
  if (known instanceof Response) return known;
  const before = await stepBeforeOf(c, known, "details");
  if (before) return redirect(stepPath(before, known.id));
  const digits = karriDigits(textOf(fields.karri_card_number));
  const isCard = isKarriNumber(digits);
  const typed: DetailsTyped = {
    payout_email: textOf(fields.payout_email) || (fields.payout_email === undefined ? host.email : ""),
    payout_method: textOf(fields.payout_method),
    card: isCard
      ? { sealed: await sealText(keyringOf(services.settings), digits), last4: digits.slice(-4) }
      : (known.draft.details?.card ?? null),
    message: textOf(fields.message),
    deadline: textOf(fields.deadline),
  };
  const typedCard = isCard ? "" : textOf(fields.karri_card_number);
  const giftType = known.draft.gift?.gift_type === "philanthropy" ? "philanthropy" : "takealot_product";
  const judged = judgeDetails(typed, giftType, { now: services.now() }, typedCard);
  const errors = judged.ok ? {} : judged.errors;
  return await save(
    c,
    known,
    { ...known.draft, details: typed },
    {
      step: "details",
      isRight: judged.ok,
      show: (saved, alert) => detailsPage(c, saved, typed, { errors, alert, typedCard }),
    },
  );
});

wizardPages.get("/create/review", (c) =>
  onDraft(
    c,
    "review",
    () => undefined,
    async (c, known) => reviewPage(c, known),
  ),
);

wizardPages.post("/create/review", async (c) => {
  const { services, host } = c.var;
  const fields = await fieldsOf(c);
  const known = await knownDraft(c, fields);
  if (known instanceof Response) return known;
  const whole = readDraft(known.draft, await circumstances(c));
  if ("incomplete" in whole) return redirect(stepPath(whole.incomplete, known.id));
  if (Number(textOf(fields.version)) !== known.version)
    return reviewPage(c, known, { alert: CHANGED_ELSEWHERE, status: 409 });
  if (textOf(fields.consent) === "") {
    return reviewPage(c, known, {
      error: "Please tick this box: a board needs the consent of a parent or guardian.",
      status: 422,
    });
  }
  const created = await createBoard(services, { boardId: known.id, email: host.email }, whole).catch(
    (error: unknown) => {
      if (error instanceof ChipInError && error.code === "rate_limited") return error;
      throw error;
    },
  );
  if (created instanceof ChipInError) {
    const wait = created.retryAfterSeconds ?? 3_600;
    const alert = `You have opened many boards within the last hour. Your board is kept: please try again in ${minutes(wait)}.`;
    const page = await reviewPage(c, known, { alert, status: 429 });
    page.headers.set("Retry-After", String(wait));
    return page;
  }
  if (created === "card_refused") return redirect(`${stepPath("details", known.id)}&card=refused`);
  await deleteDraft(services, host, known.id);
  return redirect(boardPath(known.id));
});

function minutes(seconds: number): string {
  const count = Math.ceil(seconds / 60);
  return count === 1 ? "a minute" : `${count} minutes`;
}

/** A page of a draft that the address names; without one, of the newest. Jumping ahead leads to the first incomplete step. */
async function onDraft<Typed>(
  c: WizardContext,
  step: Step,
  typedIn: (known: KnownDraft) => Typed,
  show: (c: WizardContext, known: KnownDraft, typed: Typed) => Response | Promise<Response>,
): Promise<Response> {
  const { services, host } = c.var;
  const asked = c.req.query("draft");
  if (asked === undefined) {
    const newest = await findNewestDraft(services, host);
    const flag = c.req.query("too_large") === undefined ? "" : "&too_large=1";
    return redirect(newest === null ? "/create/child" : stepPath(step, newest) + flag);
  }
  if (!host.draft) return await afterDraft(c, idIn(asked));
  const known = readStored(host.draft);
  const before = await stepBeforeOf(c, known, step);
  return before ? redirect(stepPath(before, known.id)) : await show(c, known, typedIn(known));
}

/** The draft a form is about; a response where it is gone. */
async function knownDraft(c: WizardContext, fields: Fields): Promise<KnownDraft | Response> {
  const { services, host } = c.var;
  if (host.draft) return readStored(host.draft);
  const id = idIn(fields.draft);
  if (Number(textOf(fields.version)) > 0) return await afterDraft(c, id);
  return { id: id ?? newId(services.now()), version: 0, draft: {} };
}

/** A draft that is gone has become a board, or there was none for this host. */
async function afterDraft(c: WizardContext, id: string | undefined): Promise<Response> {
  const { services, host } = c.var;
  const board = id === undefined ? null : await findBoard(services, { kind: "host", hostId: host.id }, id);
  return board && id !== undefined
    ? redirect(boardPath(id))
    : answerNotFound(c as unknown as Parameters<typeof answerNotFound>[0]);
}

function boardPath(id: string): string {
  return `/dashboard/${publicId("board", id)}`;
}

type Saving = Readonly<{
  step: Exclude<Step, "review">;
  /** Nothing that was typed is wrong. */
  isRight: boolean;
  show(saved: KnownDraft, alert: string | null): Response | Promise<Response>;
}>;

/** Saves the draft, and goes on to the next step when this one is right. */
async function save(
  c: WizardContext,
  known: KnownDraft,
  draft: Draft,
  { step, isRight, show }: Saving,
): Promise<Response> {
  const { services, host } = c.var;
  const version = Number(textOf((await fieldsOf(c)).version)) || 0;
  const saved = await saveDraft(services, host, { id: known.id, version, draft });
  switch (saved.outcome) {
    case "saved":
      if (isRight) return redirect(stepPath(nextStep(step), known.id));
      return withStatus(await show({ id: known.id, version: saved.version, draft }, null), 422);
    case "stale":
      return withStatus(await show({ ...known, version: saved.version }, CHANGED_ELSEWHERE), 409);
    case "no_login":
      return redirect(`/create?next=${encodeURIComponent(stepPath(step, known.id))}`);
    default:
      return saved satisfies never;
  }
}

function nextStep(step: Exclude<Step, "review">): Step {
  return STEPS[STEPS.indexOf(step) + 1] ?? "review";
}

function withStatus({ body, headers }: Response, status: number): Response {
  return new Response(body, { status, headers });
}

type Shown<Field extends string> = Readonly<{
  errors?: Readonly<Partial<Record<Field, string>>>;
  alert?: string | null;
}>;

function keysOf(c: WizardContext, { id, version }: KnownDraft): FormKeys {
  return { csrf: c.var.host.csrf, draft: id, version };
}

function childPage(
  c: WizardContext,
  known: KnownDraft,
  typed: Draft["child"],
  shown: Shown<"child_name" | "birthday_date" | "photo"> & { earlier?: string | null } = {},
): Response {
  const { settings, now } = c.var.services;
  const keys = keysOf(c, known);
  return respondToHost(c, renderChildPage({ origin: settings.PUBLIC_ORIGIN, now: now(), keys, typed, ...shown }));
}

async function giftPage(
  c: WizardContext,
  known: KnownDraft,
  typed: Draft["gift"],
  shown: Shown<keyof GiftTyped> = {},
): Promise<Response> {
  const { services } = c.var;
  const { PUBLIC_ORIGIN: origin } = services.settings;
  const causes = await activeCauses(services);
  return respondToHost(c, renderGiftPage({ origin, keys: keysOf(c, known), causes, typed, ...shown }));
}

async function detailsPage(
  c: WizardContext,
  known: KnownDraft,
  typed: Draft["details"],
  shown: Shown<Exclude<keyof DetailsTyped, "card"> | "karri_card_number"> & { typedCard?: string } = {},
): Promise<Response> {
  const { services, host } = c.var;
  const at = await circumstances(c);
  const [child, gift] = [judgeChild(known.draft.child, at), judgeGift(known.draft.gift, at)];
  if (!child.ok) return redirect(stepPath("child", known.id));
  if (!gift.ok) return redirect(stepPath("gift", known.id));
  const [usualMethod] = PAYOUT_METHODS_OF[gift.value.type];
  const deadline = usualLastDay(child.value.birthday, at.now);
  const usual = { payout_email: host.email, payout_method: usualMethod, card: null, message: "", deadline };
  const { PUBLIC_ORIGIN: origin } = services.settings;
  const page = {
    origin,
    now: at.now,
    keys: keysOf(c, known),
    child: child.value,
    gift: gift.value,
    typed: typed ?? usual,
  };
  return respondToHost(c, renderDetailsPage({ ...page, ...shown }));
}

async function reviewPage(
  c: WizardContext,
  known: KnownDraft,
  { status = 200, ...shown }: { error?: string; alert?: string; status?: number } = {},
): Promise<Response> {
  const { services, host } = c.var;
  const whole = readDraft(known.draft, await circumstances(c));
  if ("incomplete" in whole) return redirect(stepPath(whole.incomplete, known.id));
  const view = previewBoard({ ...opening(whole), boardId: known.id, hostId: host.id }, services.now());
  if (!view) return redirect(stepPath("details", known.id));
  const site = await siteFor(c as unknown as Parameters<typeof siteFor>[0]);
  return respondToHost(c, renderReviewPage({ site, keys: keysOf(c, known), whole, view, ...shown }), status);
}

function opening(whole: WholeDraft) {
  const { payoutMethod, deadline } = whole.details;
  const profile = { ...profileOf(whole), karriCardCiphertext: null };
  return { partnerId: DEFAULT_PARTNER.id, profile, payoutMethod, goal: goalOf(whole.gift), deadline };
}

async function circumstances(c: WizardContext) {
  const { services } = c.var;
  return { now: services.now(), causes: await activeCauses(services) };
}

async function stepBeforeOf(c: WizardContext, { draft }: KnownDraft, step: Step): Promise<Step | null> {
  return stepBefore(step, draft, await circumstances(c));
}

/** A picture that came with the form, kept; null when none was chosen. `reason`: why it is not. */
async function pictureOf(
  c: WizardContext,
  file: unknown,
  kind: PictureKind,
): Promise<{ path?: string; reason?: string } | null> {
  if (!(file instanceof File) || file.size === 0) return null;
  if (file.size > MAX_PICTURE_BYTES) return { reason: "This picture has more than 5 MB. Please choose a smaller one." };
  const { services, host } = c.var;
  const taking = await callLimiter(services, `uploads:${host.id}`, (it) => it.take([UPLOADS], services.now()));
  if (taking && !taking.allowed)
    return { reason: "You have sent many pictures within an hour. Please try again later." };
  const kept = await keepPicture(services, new Uint8Array(await file.arrayBuffer()), kind);
  return "path" in kept ? { path: kept.path } : { reason: kept.reason };
}

/** For a form that was larger than any picture may be. */
function tooLarge(c: WizardContext): { alert?: string } {
  if (c.req.query("too_large") === undefined) return {};
  return { alert: "This picture has more than 5 MB, so the form was not read. Please choose a smaller one." };
}

function idIn(value: unknown): string | undefined {
  return typeof value === "string" && UUID.test(value) ? value : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
