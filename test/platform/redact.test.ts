import { expect, it } from "vitest";
import { messageOf } from "#platform/log";
import { redact } from "#platform/redact";

it("a redacted text holds no person, address, slug, reference or quoted value, and keeps what helps to find a fault", () => {
  const texts: readonly [text: string, redacted: string][] = [
    ["Ozow POST /payments answered 500", "Ozow POST /payments answered 500"],
    ["payout 0199e3c1-7f2c-7a31-8b1f-5e9d2c1a4b77 at 2026-12-01T08:00:00.000Z", "= the text"],
    ["board kgzy2hv00q, request req_01k9v2m3q4e8xavkz6m1t7h5ws", "= the text"],
    ['duplicate key value violates unique constraint "unique_slug" of relation "hosts"', "= the text"],
    ['invalid input syntax for type uuid: "Thandi M"', 'invalid input syntax for type uuid: "…"'],
    ['the value "Thandi was cut off', 'the value "…"'],
    ["mail to thandi.m+gift@private.example bounced", "mail to [e-mail] bounced"],
    ["cannot reach postgres://app:secret@db.example/chipin", "cannot reach postgres://app:[e-mail]/chipin"],
    ["source 203.0.113.77 is not listed", "source 203.0.113.0/24 is not listed"],
    ["from 2001:db8:1:2::77 and ::1, 2001:db8:1:2:3:4:5:6", "from [address] and [address], [address]"],
    ["GET https://chipin.test/a?ref=kgzy2hv00qft80a9g1dw failed", "GET https://chipin.test/a failed"],
    ["/maya-birthday-kgzy2hv00q/live is away", "/kgzy2hv00q/live is away"],
    ["kgzy2hv00qft80a9g1dw-2 was used before", "kgzy2hv00q…-2 was used before"],
  ];

  expect(texts.map(([text]) => redact(text))).toEqual(
    texts.map(([text, redacted]) => (redacted === "= the text" ? text : redacted)),
  );
});

it("the message of an error that quotes its input does not repeat the input", () => {
  const unreadable = (text: string) => {
    try {
      return messageOf(JSON.parse(text));
    } catch (error) {
      return messageOf(error);
    }
  };

  expect([unreadable("Thandi"), unreadable('{"name": Thandi "M"}')]).toEqual(["SyntaxError", "SyntaxError"]);
  expect(messageOf(new RangeError('not an IPv4 range: "thandi"'))).toBe('RangeError: not an IPv4 range: "…"');
});
