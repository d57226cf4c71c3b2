import { expect, it } from "vitest";
import { readCappedText } from "#platform/read-capped";
import { everyRow } from "../support/every-row.ts";

const MAX_BYTES = 8;

type Row = { text: string; headers: Record<string, string>; read: string | null };
const ROWS: readonly Row[] = [
  { text: "", headers: {}, read: "" },
  { text: "seven: é", headers: {}, read: null },
  { text: "six: é", headers: {}, read: "six: é" },
  { text: "six: é", headers: { "content-length": "7" }, read: "six: é" },
  { text: "just 8 b", headers: { "content-length": "8" }, read: "just 8 b" },
  { text: "nine byte", headers: { "content-length": "9" }, read: null },
  {
    text: "as it was before it was compressed",
    headers: { "content-length": "8", "content-encoding": "gzip" },
    read: null,
  },
  { text: "of no declared length", headers: {}, read: null },
];

it("an answer is read to its end, and not at all above the limit, whatever it says of its length", async () => {
  await everyRow(ROWS, async ({ text, headers, read }) => {
    const response = new Response(text, { headers });
    expect(await readCappedText(response, MAX_BYTES)).toBe(read);
  });
});
