import type { BoardReads } from "#domain/board/board";
import type { BoardCommand, Refusal } from "#domain/board/commands";
import type { ExecuteContext, Executed } from "#platform/objects";
import { MemoryBoardObject } from "../support/board.ts";

export type Script = Readonly<{
  reads?: { readonly [Read in keyof BoardReads]?: (about: BoardReads[Read]["about"]) => BoardReads[Read]["answer"] };
  execute?: (command: BoardCommand, context: ExecuteContext) => Refusal | Partial<Executed>;
}>;

/**
 * A board object with scripted answers, for answers that a test cannot produce with a real board. Reads
 * and commands outside the script are answered as by an object without a board.
 */
export class ScriptedBoardObject extends MemoryBoardObject {
  readonly #script: Script;

  constructor(script: Script) {
    super({ now: () => new Date() });
    this.#script = script;
  }

  override async execute(command: BoardCommand, context: ExecuteContext): Promise<Refusal | Executed> {
    if (!this.#script.execute) return await super.execute(command, context);
    this.commands.push({ ...command, by: context.by });
    const outcome = this.#script.execute(command, context);
    return "refused" in outcome ? outcome : { outcome: "recorded", projected: true, board: null, ...outcome };
  }

  override read<Read extends keyof BoardReads>(read: Read, about: BoardReads[Read]["about"]) {
    const answer = this.#script.reads?.[read];
    return answer ? answer(about) : super.read(read, about);
  }
}
