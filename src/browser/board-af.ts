import { startBoard } from "./board/start.ts";
import { LIVE } from "./words/live-af.ts";

startBoard(LIVE);
