import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PaymentProviderName } from "#domain/board/lifecycle";
import { insist } from "./checks.ts";
import { noticeOf } from "./notices.ts";
import { NOBODYS } from "./outside.ts";
import type { Stage } from "./stage.ts";
import { CONNECTIONS, load, requestLine } from "./wrk.ts";

type Bare = {
  /** Whose notices are posted, and who is asked. */
  provider: PaymentProviderName;
  objects: number;
  /** Requests to the provider before each commit. */
  asks: 0 | 1;
};

/** The same posts to objects that only count them. */
export class BareLoad {
  readonly #stage: Stage;
  readonly #file: string;
  readonly #answered = new Map<number, { requests: number; loads: number }>();

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#file = join(stage.directory, "bare.txt");
  }

  /** Commits a second. */
  async measure({ provider, objects, asks }: Bare, seconds: number): Promise<number> {
    const { door, origins } = this.#stage;
    await writeFile(this.#file, requestLine(noticeOf(provider, NOBODYS, door.secrets)));
    const url = `${origins.bare}/${asks === 1 ? provider : "commit"}/${objects}`;
    const { perSecond, answered } = await load({ url, seconds, requests: this.#file, repeated: true });
    const { requests, loads } = this.#answered.get(objects) ?? { requests: 0, loads: 0 };
    this.#answered.set(objects, { requests: requests + answered, loads: loads + 1 });
    return perSecond;
  }

  /** Every answered request was counted; up to one a connection may have been when the load stopped. */
  async insistOnCounts(): Promise<void> {
    for (const [objects, { requests, loads }] of this.#answered) {
      const count = Number(await (await fetch(`${this.#stage.origins.bare}/count/${objects}`)).text());
      insist(`${objects} bare objects counted ${count} of ${requests}`, count >= requests, true);
      insist(`${objects} bare objects counted ${count} of ${requests}`, count <= requests + loads * CONNECTIONS, true);
    }
  }
}
