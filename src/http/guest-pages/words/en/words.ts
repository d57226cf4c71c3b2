import { LIVE } from "#browser/words/live-en";
import type { Words } from "../words.ts";
import { BOARD } from "./board.ts";
import { COMMON } from "./common.ts";

export const ENGLISH: Words = { common: COMMON, board: BOARD, live: LIVE };
