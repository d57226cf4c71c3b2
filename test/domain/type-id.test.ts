import fc from "fast-check";
import { fromString, TypeID } from "typeid-js";
import { describe, expect, it } from "vitest";
import { newRequestId, parsePublicId, publicId } from "#domain/ids";
import { decodeSuffix, encodeInstant, encodeLastBits, encodeSuffix } from "#domain/type-id";
import { fuzzRuns } from "../support/fuzz-runs.ts";

const ALPHABET = [..."0123456789abcdefghjkmnpqrstvwxyz"];

/** What the library of the standard's authors makes of a suffix; null when it refuses it. */
function decodedByLibrary(suffix: string): string | null {
  try {
    fromString(suffix);
    return TypeID.fromString(suffix).toUUID();
  } catch {
    return null;
  }
}

const encodedByLibrary = (uuid: string) => TypeID.fromUUID("", uuid).getSuffix();

/** 128 random bits, whatever version and variant they name. */
const anyBits = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) =>
  Buffer.from(bytes)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
);
const anySuffix = fc
  .array(fc.constantFrom(...ALPHABET), { minLength: 26, maxLength: 26 })
  .map((characters) => characters.join(""));
/** A suffix with something wrong in it: a character that is not of the alphabet, or one too many or too few. */
const spoiltSuffix = fc
  .tuple(fc.uuid(), fc.nat(25), fc.constantFrom("", "00", "i", "l", "o", "u", "A", "_", "-", "é", "{", "\u{10ffff}"))
  .map(([uuid, at, wrong]) => encodeSuffix(uuid).slice(0, at) + wrong + encodeSuffix(uuid).slice(at + 1));

describe("the suffix of a TypeID", () => {
  it("is encoded as the standard's library encodes it", () => {
    fc.assert(
      fc.property(fc.oneof(anyBits, fc.uuid()), (uuid) => {
        expect(encodeSuffix(uuid)).toBe(encodedByLibrary(uuid));
        expect(encodeSuffix(uuid.toUpperCase())).toBe(encodedByLibrary(uuid));
        expect(encodeLastBits(uuid)).toBe(encodedByLibrary(uuid).slice(-10));
      }),
      { numRuns: fuzzRuns(2_000) },
    );
  });

  it("is decoded to the UUID that it was encoded from", () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(decodeSuffix(encodeSuffix(uuid))).toBe(uuid);
      }),
      { numRuns: fuzzRuns(1_000) },
    );
  });

  it("is refused where the library refuses it, also for a version or variant that no UUID has", () => {
    const seen = { refused: 0, decoded: 0 };
    fc.assert(
      fc.property(
        fc.oneof(anyBits.map(encodeSuffix), fc.uuid().map(encodeSuffix), anySuffix, spoiltSuffix),
        (suffix) => {
          const uuid = decodedByLibrary(suffix);
          seen[uuid === null ? "refused" : "decoded"] += 1;
          expect(decodeSuffix(suffix)).toBe(uuid);
        },
      ),
      { numRuns: fuzzRuns(5_000) },
    );
    expect(Math.min(seen.refused, seen.decoded)).toBeGreaterThan(500);
  });

  it.each(["", "0".repeat(26), `7${"z".repeat(25)}`, `8${"0".repeat(25)}`, "01h455vb4pex5vsknk084sn02q\n"])(
    "%j is judged as the library judges it",
    (suffix) => {
      expect(decodeSuffix(suffix)).toBe(decodedByLibrary(suffix));
    },
  );

  it("begins with ten characters that are the instant of a UUIDv7", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 48 - 1 }), (ms) => {
        const hex = ms.toString(16).padStart(12, "0");
        expect(encodeInstant(ms)).toBe(
          encodedByLibrary(`${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`).slice(0, 10),
        );
      }),
      { numRuns: fuzzRuns(1_000) },
    );
  });
});

describe("request ids", () => {
  it("a request id is the public id of a UUIDv7 with the request's instant, and no two are the same", () => {
    const now = new Date("2026-06-01T10:00:00.123Z");
    const ids = Array.from({ length: 1_000 }, () => newRequestId(now));

    expect(new Set(ids).size).toBe(1_000);
    for (const id of ids) {
      const uuid = parsePublicId("request", id) ?? "";
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(uuid.replace("-", "").slice(0, 12), 16)).toBe(now.getTime());
      expect(publicId("request", uuid)).toBe(id);
    }
  });
});
