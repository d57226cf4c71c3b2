import { describe, expect, it } from "vitest";
import type { PictureCopy } from "#domain/board/commands";
import { BEFORE_DEADLINE, later, TestBoard } from "../../support/board.ts";

const PHOTO = "https://example.com/maya.jpg";
const PRODUCT = "https://media.takealot.com/lego.jpg";
const COPY = "/pictures/0b6b4e3e-4a0e-4a5e-9a51-000000000001/640.webp";

const copying = (...copies: PictureCopy[]) => ({ type: "copy_pictures", copies }) as const;
const photo = { of: "photo", from: PHOTO, to: COPY } as const;
const failed = { of: "photo", from: PHOTO, problem: "too_large" } as const;
const noted = (board: TestBoard) => board.board.snapshot({ kind: "admin" })?.copyProblems;

describe("copying a board's pictures", () => {
  it("the board shows the copies, and nobody is told of a change", () => {
    const board = new TestBoard();
    const { updatedAt } = board.state;
    const gift = { of: "gift", from: PRODUCT, to: COPY } as const;

    const { events } = board.play(copying(photo, gift), later(BEFORE_DEADLINE, 5_000));

    expect(events.map(({ event }) => event)).toMatchObject([
      { type: "board_updated", fields: ["photo", "gift_picture"], announced: false, after: { updatedAt } },
    ]);
    expect(board.board.profile).toMatchObject({ childPhotoUrl: COPY, gift: { productImage: COPY } });
    expect(board.state.updatedAt).toBe(updatedAt);
    expect(board.outcome(copying(photo, gift))).toEqual([]);
  });

  it("a copy of an address that the owner has replaced meanwhile is left out", () => {
    const board = new TestBoard();
    board.play({ type: "update_board", photo: "https://example.com/better.jpg" });

    expect([board.outcome(copying(photo)), board.outcome(copying(failed))]).toEqual([[], []]);
    expect(board.board.profile?.childPhotoUrl).toBe("https://example.com/better.jpg");
    expect(noted(board)).toBe(undefined);
  });

  it("that a picture could not be copied is noted without an event, until it is copied or replaced", () => {
    const board = new TestBoard();
    const product = { of: "gift", from: PRODUCT, problem: "not_public" } as const;
    expect(board.outcome(copying(failed, product))).toEqual([]);
    expect(noted(board)).toEqual({ photo: "too_large", gift: "not_public" });

    board.play(copying(photo));
    expect(noted(board)).toEqual({ gift: "not_public" });
    board.play({ type: "update_board", message: "Hello" });
    expect(noted(board)).toEqual({ gift: "not_public" });
    board.play({ type: "update_board", giftPicture: COPY });
    expect(noted(board)).toBe(undefined);
  });

  it("nothing is written about an anonymised family", () => {
    const board = new TestBoard();
    board.play(copying(failed));
    board.cancel();
    board.anonymise();

    expect([noted(board), board.outcome(copying(photo))]).toEqual([undefined, ["refused: anonymised"]]);
  });
});
