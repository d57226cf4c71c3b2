import { HELP_ADDRESS, PRIVACY_ADDRESS, SECURITY_ADDRESS } from "#domain/addresses";
import { FEE_POLICY, MAX_CONTRIBUTION_CENTS, MIN_CONTRIBUTION_CENTS, netOf } from "#domain/fees";
import { cents, formatRand } from "#domain/money";
import { BINDINGS, ELSEWHERE, type Holding, type Period, POSTGRES } from "#privacy/registry";
import { COMMON } from "../guest-pages/words/en/common.ts";
import { FORM } from "../guest-pages/words/en/form.ts";

/*
 * The texts of the plain pages. They are drafts: the owner fills in `FACTS`, and a lawyer reads all of it. A fact is filled in by
 * putting its text in place of `toFillIn(…)`. Pages show what is missing, and production is not built before all of it is there. Amounts and periods
 * come from the rules of the code.
 */

/** What only the owner or a lawyer knows. */
export type ToFillIn = Readonly<{ toFillIn: string }>;
export type Fact = string | ToFillIn;

const toFillIn = (what: string): ToFillIn => ({ toFillIn: what });

export const FACTS = {
  companyName: toFillIn("the registered name of the company"),
  registrationNumber: toFillIn("its registration number"),
  vatNumber: toFillIn("its VAT number, or that it has none"),
  directors: toFillIn("the names of its directors, and where it is registered"),
  address: toFillIn("its physical address, where it also takes legal papers"),
  telephone: toFillIn("a telephone number"),
  informationOfficer: toFillIn("the name of the information officer, as registered with the Information Regulator"),
  paiaManual: toFillIn("where the manual under PAIA, section 51, can be read"),
  crossBorder: toFillIn("the lawful basis of keeping data outside South Africa (POPIA, section 72)"),
  lawfulBasis: toFillIn("the lawful basis of each use of data (POPIA, section 11), checked by a lawyer"),
  coolingOff: toFillIn(
    "whether the cooling-off period of ECTA, section 44, applies to a contribution, and how it is used",
  ),
  moneyHeldBy: toFillIn(
    "who holds the money between payment and payout, in the words of the payment companies’ contracts",
  ),
  liability: toFillIn("what ChipIn answers for and what it does not, by a lawyer"),
  complaints: toFillIn(
    "the code of conduct ChipIn has joined, and who decides about a complaint we cannot solve (ECTA, section 43)",
  ),
  privacyDate: toFillIn("the day on which a lawyer approved this notice"),
  termsDate: toFillIn("the day on which a lawyer approved these terms"),
  feesDate: toFillIn("the day on which a lawyer approved this page"),
} as const satisfies Record<string, Fact>;

/** What is still missing: the name of each fact in `FACTS`, and what belongs there. */
export function missingFacts(facts: Readonly<Record<string, Fact>> = FACTS): { name: string; what: string }[] {
  return Object.entries(facts).flatMap(([name, fact]) =>
    typeof fact === "string" ? [] : [{ name, what: fact.toFillIn }],
  );
}

export type Link = Readonly<{ href: string; words: string }>;
export type Text = readonly (Fact | Link)[];
export type Block =
  | Readonly<{ kind: "text"; text: Text }>
  | Readonly<{ kind: "list"; items: readonly Text[] }>
  | Readonly<{ kind: "facts"; rows: readonly (readonly [name: Text, value: Text])[] }>;
export type PlainPage = Readonly<{
  path: string;
  title: string;
  lede: string;
  sections: readonly Readonly<{ heading: string; blocks: readonly Block[] }>[];
}>;

const t = (words: TemplateStringsArray, ...parts: readonly (Fact | Link)[]): Text =>
  words.flatMap((word, index) => [word, ...parts.slice(index, index + 1)]).filter((part) => part !== "");
const text = (words: TemplateStringsArray, ...parts: readonly (Fact | Link)[]): Block => ({
  kind: "text",
  text: t(words, ...parts),
});
const list = (...items: readonly Text[]): Block => ({ kind: "list", items });
const facts = (...rows: readonly (readonly [name: Text, value: Text])[]): Block => ({ kind: "facts", rows });
const mail = (address: string): Link => ({ href: `mailto:${address}`, words: address });
const page = (href: string, words: string): Link => ({ href, words });

const REPORT = page("/report", "report it");
const { rateBps, minimum, maximum } = FEE_POLICY;
const FEE = `${rateBps / 100}%, and at least ${formatRand(minimum)}`;
const EXAMPLE = cents(20_000);
const companies = Object.entries(FORM.ways).flatMap(([way, { company }]) => (way === "sandbox" ? [] : [company]));
const COMPANIES = `${companies.slice(0, -1).join(", ")} and ${companies.at(-1)}`;

const PERIOD_WORDS: Readonly<Record<Period, string>> = {
  seconds: "a few seconds",
  "while connected": "while your page is open",
  "1 minute": "1 minute",
  "1 hour": "1 hour",
  "24 hours": "24 hours",
  "7 days": "7 days",
  "30 days": "30 days",
  "37 days": "37 days",
  "90 days": "90 days",
  "90 days after the end": "until 90 days after the board has ended and everything is paid out",
  "7 years": "7 years",
  lifetime: "as long as you have an account, or until you ask us to erase it",
  "the provider's": "as long as that company’s own notice says",
};

/** How long something is kept, as the registry of personal data has it. @throws Error when the registry has no such place. */
function periodOf(holding: Holding | undefined): string {
  if (!holding) throw new Error("the registry of personal data does not have what the privacy notice names");
  return PERIOD_WORDS[holding[2]];
}
const keptFor = (holding: Holding | undefined): Text => [periodOf(holding)];
const financialPeriod = () => inPostgres("payouts", "recipient_data");
const inPostgres = (tableName: string, column: string) => keptFor(POSTGRES[tableName]?.holds?.[column]);

export const ABOUT: PlainPage = {
  path: "/about",
  title: "About ChipIn",
  lede: "Friends and family give together, for one birthday gift a child really dreams of.",
  sections: [
    {
      heading: "What we do",
      blocks: [
        text`A parent or a shop opens a board for one gift. Family and friends get the link, and each gives what they can. When the board closes, the money goes to the gift: as a Takealot gift card, onto a Karri card, or to a good cause. Whatever comes in beyond the gift goes to a good cause that the family chose.`,
      ],
    },
    {
      heading: "Where your money is",
      blocks: [
        text`You pay on the secure page of ${COMPANIES}. We never see your card or bank details. ${FACTS.moneyHeldBy}.`,
        text`We are paid by one fee on each contribution: ${FEE}. ${page("/fees", "Refunds and fees")} has the details.`,
      ],
    },
    {
      heading: "Who we are",
      blocks: [
        facts(
          [t`Company`, t`${FACTS.companyName}`],
          [t`Registration number`, t`${FACTS.registrationNumber}`],
          [t`VAT number`, t`${FACTS.vatNumber}`],
          [t`Directors`, t`${FACTS.directors}`],
          [t`Address`, t`${FACTS.address}`],
          [t`Telephone`, t`${FACTS.telephone}`],
          [t`E-mail`, t`${mail(HELP_ADDRESS)}`],
        ),
      ],
    },
    {
      heading: "Keeping it safe",
      blocks: [
        text`A board can be found by its link only. Search engines don’t list it, and other guests never see how much you give. If a board looks wrong to you, please ${REPORT}. Found a hole in our security? Write to ${mail(SECURITY_ADDRESS)}.`,
      ],
    },
  ],
};

export const CONTACT: PlainPage = {
  path: "/contact",
  title: "Talk to us",
  lede: "A person reads every message.",
  sections: [
    {
      heading: "About a payment or a board",
      blocks: [
        text`Write to ${mail(HELP_ADDRESS)}. If it is about a payment, please send the reference from your thank-you page: then we find it at once. Never send card numbers or passwords.`,
        text`Something wrong with a board? You can ${REPORT} without giving your name.`,
      ],
    },
    {
      heading: "About your data",
      blocks: [
        text`Write to ${mail(PRIVACY_ADDRESS)}. What we keep and for how long is in the ${page("/privacy", "privacy notice")}.`,
      ],
    },
    { heading: "About security", blocks: [text`Write to ${mail(SECURITY_ADDRESS)}.`] },
    {
      heading: "By post and by telephone",
      blocks: [text`${FACTS.companyName}, ${FACTS.address}. Telephone: ${FACTS.telephone}.`],
    },
    {
      heading: "If we can’t solve it",
      blocks: [text`${FACTS.complaints}.`],
    },
  ],
};

export const PRIVACY: PlainPage = {
  path: "/privacy",
  title: "Privacy notice",
  lede: "What we know about you, why, and for how long.",
  sections: [
    {
      heading: "Who is responsible",
      blocks: [
        text`${FACTS.companyName}, ${FACTS.address}. Our information officer is ${FACTS.informationOfficer}; write to ${mail(PRIVACY_ADDRESS)}. Our manual under the Promotion of Access to Information Act: ${FACTS.paiaManual}.`,
      ],
    },
    {
      heading: "If you chip in",
      blocks: [
        text`You don’t need an account, and we don’t ask for your e-mail address. Your name and your message are up to you. Your first name is shown on the board; your message and the amount go to the family only.`,
        facts(
          [t`The name and the message you typed`, inPostgres("contributions", "contributor_name")],
          [t`Your internet address and browser, against fraud`, inPostgres("contributions", "ip_address")],
          [t`Amount, time and reference of the payment, which the law on bookkeeping asks for`, financialPeriod()],
          [
            t`A keyed digest of your network, so that one sender can’t flood the site`,
            keptFor(BINDINGS.RATE_LIMITER?.holds?.name),
          ],
        ),
      ],
    },
    {
      heading: "If you host a board",
      blocks: [
        facts(
          [t`Your e-mail address and name`, inPostgres("hosts", "email")],
          [
            t`Your child’s first name, photo and birthday, the gift and your words`,
            inPostgres("dream_boards", "child_name"),
          ],
          [t`The address the gift goes to`, inPostgres("dream_boards", "payout_email")],
          [t`Who was paid, encrypted`, inPostgres("payouts", "recipient_data")],
          [t`What was done on your board, and by whom`, inPostgres("audit_logs", "actor_email")],
        ),
        text`A child’s data is used only because a parent or guardian agreed to it, and only to show the board to people who have its link.`,
      ],
    },
    {
      heading: "If you report a board",
      blocks: [
        facts([t`The board, your reason and what you wrote; not who you are`, inPostgres("board_reports", "words")]),
      ],
    },
    {
      heading: "On every visit",
      blocks: [
        text`Our pages load nothing from other sites, count nobody and follow nobody. One cookie remembers that a payment is yours, so that only you see its amount. Technical logs hold no names, no links to boards and no references; they are kept ${periodOf(ELSEWHERE.logs?.holds?.lines)}.`,
      ],
    },
    {
      heading: "Who helps us",
      blocks: [
        list(
          t`${COMPANIES} take payments. What you type on their pages is theirs, under their own notices.`,
          t`Takealot, Karri and the charities receive what a board pays out.`,
          t`Cloudflare runs our pages, and checks now and then that you are not a robot.`,
          t`Neon keeps our database, and Resend sends our mail.`,
        ),
        text`Some of them keep data outside South Africa. ${FACTS.crossBorder}. We sell nothing to anyone.`,
      ],
    },
    {
      heading: "Why we may",
      blocks: [text`${FACTS.lawfulBasis}.`],
    },
    {
      heading: "Your rights",
      blocks: [
        text`You can ask what we keep about you, have it corrected, have it erased, or object. Write to ${mail(PRIVACY_ADDRESS)}. What the law on bookkeeping asks for stays, without your name. You can also complain to the Information Regulator of South Africa: ${page("https://inforegulator.org.za", "inforegulator.org.za")}.`,
      ],
    },
    { heading: "Version", blocks: [text`Of ${FACTS.privacyDate}.`] },
  ],
};

export const TERMS: PlainPage = {
  path: "/terms",
  title: "Terms",
  lede: "What we promise, and what we ask of you.",
  sections: [
    {
      heading: "Chipping in",
      blocks: [
        list(
          t`You can give from ${formatRand(MIN_CONTRIBUTION_CENTS)} to ${formatRand(MAX_CONTRIBUTION_CENTS)} at a time, as often as you like, while a board is open.`,
          t`What you give is a present to the child or to the good cause. You get nothing in return.`,
          t`Our fee is part of what you pay, and is shown before you pay.`,
          t`A payment counts once ${COMPANIES} has confirmed it to us. If it comes after the board has closed, you get all of it back.`,
          t`If the goal is not reached, the child still gets what came in.`,
          t`A receipt says that we received a payment. It is no tax certificate.`,
        ),
      ],
    },
    {
      heading: "Hosting a board",
      blocks: [
        list(
          t`You are the child’s parent or guardian, and agree that people with the link see the child’s first name and photo.`,
          t`The gift, the picture and your words are yours to show, and hurt nobody.`,
          t`You pass the link on to people you know.`,
          t`You can close the board at any time, or cancel it while it is open. Cancelling sends everything back to those who gave.`,
        ),
      ],
    },
    {
      heading: "What we may do",
      blocks: [
        text`We check payments and boards for fraud. While we look at one, we may hold its payout. A board that breaks these terms or the law is cancelled, and everyone gets their money back. If you see one, please ${REPORT}.`,
      ],
    },
    { heading: "What we answer for", blocks: [text`${FACTS.liability}.`] },
    {
      heading: "The law",
      blocks: [
        text`The law of South Africa applies. ${FACTS.complaints}. These terms are between you and ${FACTS.companyName}; see ${page(ABOUT.path, "About us")}.`,
      ],
    },
    { heading: "Version", blocks: [text`Of ${FACTS.termsDate}.`] },
  ],
};

export const FEES: PlainPage = {
  path: "/fees",
  title: "Refunds and fees",
  lede: "One fee, shown before you pay. Refunds are always the full amount.",
  sections: [
    {
      heading: "Our fee",
      blocks: [
        text`We keep ${FEE}, and never more than ${formatRand(maximum)} of one contribution. It is part of what you pay: of ${formatRand(EXAMPLE)}, ${formatRand(netOf(EXAMPLE))} reaches the gift. Nothing is added at the end. If you like, you can cover the fee, so that the whole amount reaches the gift.`,
        text`The payment companies’ own costs are ours. The family pays nothing.`,
      ],
    },
    {
      heading: "When you get your money back",
      blocks: [
        list(
          t`The board is cancelled.`,
          t`Your payment comes after the board has closed.`,
          t`You paid another amount than the one you chose.`,
          t`The gift can’t be paid out, or something about the board is not in order.`,
        ),
        text`You get the full amount, including our fee, on the card or account you paid from. ${COMMON.refundTime} You don’t need to do anything. We can’t write to you, because we don’t have your e-mail address; your thank-you page shows it.`,
      ],
    },
    {
      heading: "If you changed your mind",
      blocks: [
        text`Write to ${mail(HELP_ADDRESS)} with the reference from your thank-you page, while the board is open. Once a gift is bought, its money can’t be sent back. ${FACTS.coolingOff}.`,
      ],
    },
    {
      heading: "Receipts and tax",
      blocks: [
        text`Your thank-you page has a receipt. Presents to a child are not tax-deductible, and we issue no tax certificates.`,
      ],
    },
    { heading: "Version", blocks: [text`Of ${FACTS.feesDate}.`] },
  ],
};

export const PLAIN_PAGES: readonly PlainPage[] = [ABOUT, CONTACT, PRIVACY, TERMS, FEES];
