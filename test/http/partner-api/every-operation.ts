import { keyHolderOf } from "#accounts/sandboxes";
import { type IdKind, newId, publicId } from "#domain/ids";
import { aPaidBoard, type siteWithBoards } from "../board-to-pay-out.ts";
import { type Contract, type Operation, operationsOf, schemaChecker } from "./contract.ts";
import { aCaller, type Caller } from "./support.ts";

type Platform = ReturnType<typeof siteWithBoards>;

/** A partner that has one of everything that a path can name. */
export type Owner = { caller: Caller; ids: Record<string, string> };

/** The word before `{id}` in a path, and what the id names. */
const NAMED_BY: Record<string, IdKind> = {
  "dream-boards": "board",
  boards: "board",
  contributions: "contribution",
  payouts: "payout",
  webhooks: "webhookEndpoint",
  events: "event",
};

const wordOf = ({ path }: Operation): string | null => /\/([a-z-]+)\/\{id\}/.exec(path)?.[1] ?? null;

export function kindOf(operation: Operation): IdKind | null {
  const word = wordOf(operation);
  if (word === null) return null;
  const kind = NAMED_BY[word];
  if (!kind) throw new Error(`every-operation.ts does not know what ${operation.path} names`);
  return kind;
}

/** The operation's path with this id, or with the owner's. */
export function pathOf(operation: Operation, id: string): string {
  return `/v1${operation.path.replace("{id}", id)}`;
}

export async function anOwner(platform: Platform, caller: Caller): Promise<Owner> {
  const closed = await aPaidBoard(platform, caller);
  await caller.post(`/v1/dream-boards/${closed.id}/close`, { reason: "manual" });
  // A second one, so that each list has another page.
  const open = await aPaidBoard(platform, caller);
  const [payout] = await idsIn(caller, "/v1/payouts");
  const hook = { url: "https://hooks.example.com/chipin", events: ["pot.closed"], secret: "a-long-random-secret" };
  const registered = (await (await caller.post("/v1/webhooks", hook)).json()) as { data: { id: string } };
  const [event] = await idsIn(caller, "/v1/events");
  return {
    caller,
    ids: {
      board: open.id,
      contribution: publicId("contribution", closed.contributionId),
      payout: payout ?? "",
      webhookEndpoint: registered.data.id,
      event: event ?? unknownId("event"),
    },
  };
}

async function idsIn(caller: Caller, path: string): Promise<string[]> {
  const response = await caller.get(path);
  return response.status === 200
    ? ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id)
    : [];
}

/** An id that can be read and names nothing. */
export const unknownId = (kind: IdKind) => publicId(kind, newId(new Date("2026-11-01T00:00:00Z")));

/** A caller of the sandbox beside the caller's partner, with a `cpk_test_` key. */
export async function sandboxOf({ site }: Platform, live: Caller): Promise<Caller> {
  const { database } = site.services;
  const { id: partnerId } = await keyHolderOf(database, live.partnerId, "test");
  return await aCaller(site, { partnerId, environment: "test" });
}

/** Headers that not every answer has whose documentation names them. */
const SOMETIMES = ["Idempotent-Replayed", "Retry-After"];

/** Calls operations and keeps what their answers have that the document does not say. */
export class DocumentedCalls {
  readonly operations: Operation[];
  readonly document: Contract;
  readonly problems: string[] = [];
  answers = 0;
  readonly #check: ReturnType<typeof schemaChecker>;

  constructor(document: Contract) {
    this.document = document;
    this.operations = operationsOf(document);
    this.#check = schemaChecker(document);
  }

  fits(schema: object, value: unknown): boolean {
    return this.#check(schema, value).length === 0;
  }

  /** `expected`: the statuses that are right here; all documented ones unless given. */
  async judge(
    operation: Operation,
    what: string,
    response: Response,
    expected?: readonly number[] | undefined,
  ): Promise<void> {
    this.answers += 1;
    const { status, headers } = response;
    const text = await response.text();
    const say = (problem: string) =>
      this.problems.push(`${operation.operationId}, ${what}: ${status} ${problem} ${text.slice(0, 300)}`);
    const documented = operation.responses[status];
    if (status >= 500) return void say("is a server error");
    // Postgres is there, so it refused a row. Where 202 is the only success, work goes on after the answer.
    if (status === 202 && operation.responses[200]) say("has an event that Postgres does not take");
    if (expected && !expected.includes(status)) say(`is not ${expected.join(" or ")}`);
    if (!documented) return void say("is not documented");
    for (const name of documented.headers) {
      if (!SOMETIMES.includes(name) && !headers.get(name)) say(`lacks ${name}`);
    }
    if (documented.schema === null) return text === "" ? undefined : void say("has a body");
    for (const wrong of this.#check(documented.schema, JSON.parse(text))) say(wrong);
    const { error } = JSON.parse(text) as { error?: { code: string; details?: unknown[] } };
    if (error?.code === "validation_error" && !error.details?.length) say("names no field");
  }
}
