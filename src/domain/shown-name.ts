/*
 * How guests see the name that one of them typed. (product-facts 4)
 */

/** Of a family, a couple, and a title with its name. In characters. */
const MAX_CHARACTERS = 24;

/** What a name follows: titles and words of kinship, as South Africans use them, and an article. */
const TITLES: ReadonlySet<string> = new Set(
  `the familie mr mrs ms miss mx dr prof sir rev pastor father fr sister brother coach teacher meneer mnr mev mej juffrou juf dominee ds
  oom tannie ouma oupa pa ma boet sus neef niggie granny grandma grandpa gran nana nanny aunt aunty auntie uncle cousin
  gogo ugogo mkhulu umkhulu makhulu khulu malume umalume tata utata mama umama baba ubaba sis sisi usisi bra bro bhuti
  ubhuti ausi abuti ntate mme rra mma malome rakgadi nkgono rangwane mmangwane mam' bab'`.split(/\s+/),
);
/** Words that make a family of the name beside them. */
const FAMILIES: ReadonlySet<string> = new Set(["family", "familie", "fam", "household"]);
const COUPLE = /\s(?:&|\+|and|en)\s/iu;
/** An e-mail address or a link, anywhere in the text. An initial and a title with its full stop are none. */
const ADDRESS = /\S@\S|:\/\/|[\p{L}\p{N}-]\.\p{L}{2,}/u;
const TITLE_WITH_STOP = /^(\p{L}+\.)(?=\p{L})/u;
/** Characters that show nothing, although Unicode counts them among letters and symbols. */
const FILLERS = /[\u115f\u1160\u2800\u3164\uffa0]/gu;

/** Whether a text holds characters that count as letters and show nothing. */
export function hasFillers(text: string): boolean {
  return text.search(FILLERS) !== -1;
}

/** Whether a reader sees anything of it. */
export function isVisible(text: string): boolean {
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text.replace(FILLERS, ""));
}

const LETTER = /\p{L}/u;

/**
 * What other guests see of a name: "Sarah" of "Sarah Mokoena", "Gogo Thandi", "The Khumalos". Null, which is shown as
 * "Anonymous", for an address, a number, and what shows no letter.
 */
export function shownName(typed: string | null): string | null {
  const text = (typed ?? "").replace(FILLERS, " ").replace(/\s+/gu, " ").trim();
  // A handle is a name with an @ before it.
  const name = text
    .replace(/^@\s*/u, "")
    .replace(TITLE_WITH_STOP, (title) => (TITLES.has(plain(title)) ? `${title} ` : title));
  if (!LETTER.test(name) || ADDRESS.test(name)) return null;
  if (isOfSeveral(name) && fits(name)) return name;
  const words = inGivenOrder(name)
    .split(" ")
    .map((word) => word.replace(/[,;:]+$/u, ""))
    .filter((word) => LETTER.test(word));
  const [first = "", second] = words;
  const titled = `${first} ${second}`;
  return second !== undefined && TITLES.has(plain(first)) && fits(titled) ? titled : first;
}

/** Of a family or a couple. */
function isOfSeveral(name: string): boolean {
  const words = name.split(" ").map(plain);
  if (words.length < 2) return false;
  const [first = "", last = ""] = [words[0], words.at(-1)];
  return first === "the" || FAMILIES.has(first) || FAMILIES.has(last) || COUPLE.test(name);
}

/** "Smith, John" as "John Smith". */
function inGivenOrder(name: string): string {
  const [family = "", given = "", ...more] = name.split(",").map((part) => part.trim());
  const isTurned = more.length === 0 && given !== "" && !family.includes(" ");
  return isTurned ? `${given} ${family}` : name;
}

function fits(text: string): boolean {
  return [...text].length <= MAX_CHARACTERS;
}

/** A word without its full stop and in small letters, with one kind of apostrophe. */
function plain(word: string): string {
  return word
    .toLowerCase()
    .replace(/[‘’ʼ`]/gu, "'")
    .replace(/\.$/u, "");
}
