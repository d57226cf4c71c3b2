import { startBoard } from "./board/start.ts";
import { LIVE } from "./words/live-en.ts";

startBoard(LIVE);
