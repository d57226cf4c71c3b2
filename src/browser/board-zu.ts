import { startBoard } from "./board/start.ts";
import { LIVE } from "./words/live-zu.ts";

startBoard(LIVE);
