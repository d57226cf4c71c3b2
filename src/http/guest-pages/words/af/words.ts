import { FORM as TYPING } from "#browser/words/form-af";
import { LIVE } from "#browser/words/live-af";
import type { Words } from "../words.ts";
import { BOARD } from "./board.ts";
import { CHECKOUT } from "./checkout.ts";
import { COMMON } from "./common.ts";
import { FORM } from "./form.ts";
import { FRAME } from "./frame.ts";
import { LANDING } from "./landing.ts";
import { MESSAGES } from "./messages.ts";
import { RESULTS } from "./results.ts";

export const AFRIKAANS: Words = {
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
