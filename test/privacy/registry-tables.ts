import { BINDINGS, BOARD_OBJECT, ELSEWHERE, ERASERS, POSTGRES, type Store } from "../../src/privacy/registry.ts";

type Stores = Readonly<Record<string, Store>>;

/** Every name that the registry lists below each store, as `store.name`, sorted. A name listed twice is there twice. */
export function listedNames(stores: Stores): string[] {
  return Object.entries(stores)
    .flatMap(([store, { holds = {}, none = {} }]) =>
      [...Object.keys(holds), ...Object.values(none).flatMap((names) => names.split(" "))].map(
        (name) => `${store}.${name}`,
      ),
    )
    .sort();
}

const START = "<!-- the registry begins: src/privacy/registry.ts -->";
const END = "<!-- the registry ends -->";

/** The page with the registry as it is now between its marks. */
export function withRegistry(page: string): string {
  const [before, rest = ""] = page.split(START);
  const after = rest.split(END)[1];
  if (after === undefined) throw new Error("docs/privacy.md lacks the marks of the registry");
  return `${before}${START}\n\n${registryTables()}\n${END}${after}`;
}

function registryTables(): string {
  return [
    ...chapter("Postgres", "table and column", POSTGRES),
    ...chapter("A board's object", "table and column", BOARD_OBJECT),
    ...chapter("Bindings", "binding", BINDINGS),
    ...chapter("Elsewhere", "place", ELSEWHERE),
    "### What erases",
    "",
    ...table(
      ["name", "is", "does"],
      Object.entries(ERASERS).map(([name, { kind, does }]) => [
        `\`${name}\``,
        { job: "a job", act: "an operator's act", planned: "not built yet" }[kind],
        does,
      ]),
    ),
  ].join("\n");
}

function chapter(title: string, place: string, stores: Stores): string[] {
  const held = Object.entries(stores).flatMap(([store, { holds = {} }]) =>
    Object.entries(holds).map(([name, [what, dataClass, period, eraser]]) => [
      `\`${store}.${name}\``,
      what,
      dataClass,
      period,
      /^by /.test(eraser) ? eraser : `\`${eraser}\``,
    ]),
  );
  const none = Object.entries(stores).map(([store, { none: reasons = {} }]) => {
    const words = Object.entries(reasons).map(([reason, names]) => `${reason}: ${names.split(" ").join(", ")}`);
    return [`\`${store}\``, words.join("; ")];
  });
  return [
    `### ${title}`,
    "",
    ...table([place, "what", "class", "kept", "erased by"], held),
    "No personal data, and why:",
    "",
    ...table(
      [place, "why: names"],
      none.filter(([, words]) => words !== ""),
    ),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).concat("");
}
