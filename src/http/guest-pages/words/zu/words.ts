import { FORM as TYPING } from "#browser/words/form-zu";
import { LIVE } from "#browser/words/live-zu";
import type { Words } from "../words.ts";
import { BOARD } from "./board.ts";
import { CHECKOUT } from "./checkout.ts";
import { COMMON } from "./common.ts";
import { FORM } from "./form.ts";
import { FRAME } from "./frame.ts";
import { LANDING } from "./landing.ts";
import { MESSAGES } from "./messages.ts";
import { RESULTS } from "./results.ts";

export const ISIZULU: Words = {
  frame: FRAME,
  common: COMMON,
  board: BOARD,
  live: LIVE,
  form: FORM,
  typing: TYPING,
  checkout: CHECKOUT,
  results: RESULTS,
  messages: MESSAGES,
  landing: LANDING,
};
