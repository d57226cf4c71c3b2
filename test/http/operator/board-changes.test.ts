import { describe, expect, it } from "vitest";
import { publicId } from "#domain/ids";
import { boardChanges, changesOf } from "../../../src/http/operator/board-changes.ts";

const ID = "0199b3c4-1234-7abc-8def-0123456789ac";
const CONTRIBUTION = publicId("contribution", ID);

describe("boardChanges", () => {
  it("a body becomes the fields of the command, and what is left out stays out", () => {
    const rows = [
      [{}, {}],
      [{ photo_url: "/pictures/maya.jpg" }, { photo: "/pictures/maya.jpg" }],
      [{ gift_picture_url: "https://cdn.example/a.jpg" }, { giftPicture: "https://cdn.example/a.jpg" }],
      [
        { hide: [{ contribution: CONTRIBUTION, name: "hidden", message: "shown" }] },
        { contributors: [{ contributionId: ID, name: "hidden", message: "shown" }] },
      ],
      [
        { hide: [{ contribution: ID, message: "hidden" }] },
        { contributors: [{ contributionId: ID, message: "hidden" }] },
      ],
    ];

    expect(rows.map(([body]) => [body, changesOf(boardChanges(null).parse(body))])).toEqual(rows);
  });

  it("a picture is https or a path of ours, and on the local platform its own http", () => {
    const problem = (address: string, localOrigin: string | null = null) =>
      boardChanges(localOrigin).safeParse({ photo_url: address }).error?.issues[0]?.message ?? "taken";
    const rows = [
      ["https://cdn.example/maya.jpg", "taken"],
      ["/pictures/maya.jpg", "taken"],
      ["//cdn.example/maya.jpg", "must be a URL"],
      ["/\\cdn.example/maya.jpg", "must be a URL"],
      ["/pictures/my maya.jpg", "must be a URL"],
      ["pictures/maya.jpg", "must be a URL"],
      ["http://localhost:8787/maya.jpg", "must begin with https://"],
      ["data:image/png;base64,AAAA", "must begin with https://"],
      ["https://user@cdn.example/maya.jpg", "must not contain credentials"],
      [`/${"a".repeat(2_048)}`, "must be at most 2048 characters long"],
    ];

    expect(rows.map(([address = ""]) => [address, problem(address)])).toEqual(rows);
    expect(problem("http://localhost:8787/maya.jpg", "http://localhost:8787")).toBe("taken");
  });

  it("what cannot be read is named by its field", () => {
    const fieldOf = (body: unknown) => boardChanges(null).safeParse(body).error?.issues[0]?.path.join(".");
    const rows: [body: unknown, field: string][] = [
      [{ photo_url: null }, "photo_url"],
      [{ photo: "/maya.jpg" }, ""],
      [{ hide: CONTRIBUTION }, "hide"],
      [{ hide: [{ contribution: "con_1", name: "hidden" }] }, "hide.0.contribution"],
      [{ hide: [{ contribution: CONTRIBUTION }] }, "hide.0"],
      [{ hide: [{ contribution: CONTRIBUTION, name: true }] }, "hide.0.name"],
      [{ hide: Array(101).fill({ contribution: CONTRIBUTION, name: "hidden" }) }, "hide"],
    ];

    expect(rows.map(([body]) => [body, fieldOf(body)])).toEqual(rows);
  });
});
