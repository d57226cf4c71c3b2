import fc from "fast-check";
import { expect, it } from "vitest";
import { phpUrldecodeBytes, phpUrlencode, phpUrlencodeBytes } from "#payments/payfast/php-urlencode";
import { everyRow } from "../support/every-row.ts";

const unicode = fc.string({ unit: "binary" });
const byteString = fc.array(fc.nat(255)).map((bytes) => bytes.map((byte) => String.fromCharCode(byte)).join(""));

it("phpUrlencode encodes every character as PHP does", async () => {
  await everyRow(
    [
      ["", "", "nothing"],
      ["azAZ09-_.", "azAZ09-_.", "what PHP leaves alone"],
      ["two words", "two+words", "a space"],
      ["!'()*~", "%21%27%28%29%2A%7E", "the six that encodeURIComponent leaves alone"],
      ["a+b&c=d%e", "a%2Bb%26c%3Dd%25e", "what would break the parameter string"],
      ["https://x.example/?a=1#b", "https%3A%2F%2Fx.example%2F%3Fa%3D1%23b", "a URL"],
      ["\r\n\t\0", "%0D%0A%09%00", "control characters, two digits each"],
      ["é", "%C3%A9", "two bytes of UTF-8, upper-case hex"],
      ["🎂", "%F0%9F%8E%82", "outside the basic plane"],
      ["a\ud83cb", "a%EF%BF%BDb", "half a surrogate pair, without throwing"],
      ["\u00a0", "%C2%A0", "a no-break space is no space"],
    ],
    ([text, encoded]) => {
      expect(phpUrlencode(text)).toBe(encoded);
    },
  );
});

it("phpUrlencode differs from form encoding in the asterisk only", () => {
  fc.assert(
    fc.property(fc.oneof(unicode, fc.string({ unit: "binary-ascii" })), (text) => {
      const formEncoded = new URLSearchParams([["", text]]).toString().slice(1);
      expect(phpUrlencode(text)).toBe(formEncoded.replaceAll("*", "%2A"));
    }),
  );
});

it("phpUrldecodeBytes decodes as PHP does and keeps broken escapes", async () => {
  await everyRow(
    [
      ["a+b", "a b", "plus is a space"],
      ["a%2Bb", "a+b", "an encoded plus stays a plus"],
      ["%c3%A9", "\u00c3\u00a9", "hex in either case, one character per byte"],
      ["%2541", "%41", "decodes once"],
      ["100%", "100%", "a lone percent sign"],
      ["%zz%4", "%zz%4", "percent signs without two hex digits"],
      ["%%41", "%A", "a percent sign before an escape"],
    ],
    ([encoded, decoded]) => {
      expect(phpUrldecodeBytes(encoded)).toBe(decoded);
    },
  );
});

it("phpUrldecodeBytes restores any bytes that phpUrlencodeBytes encoded", () => {
  fc.assert(fc.property(byteString, (bytes) => phpUrldecodeBytes(phpUrlencodeBytes(bytes)) === bytes));
});
