import { describe, expect, it, vi } from "vitest";
import type { PublicView } from "#domain/board/public-view";
import { newId } from "#domain/ids";
import { openBoard, paymentReport, RemoteBoard } from "./support.ts";

describe("live pages", () => {
  it("a live page gets the view at once, after a payment and after its owner's changes", async () => {
    const { board } = await openBoard();
    const response = await board.stub.fetch("https://board/live", { headers: { Upgrade: "websocket" } });
    const socket = response.webSocket;
    if (!socket) throw new Error("no socket");
    const seen: PublicView[] = [];
    socket.addEventListener("message", ({ data }) => {
      seen.push(JSON.parse(String(data)).view);
    });
    socket.accept();
    await vi.waitFor(() => expect(seen).toHaveLength(1));

    const contributionId = newId(new Date());
    const reference = await board.contribution(20_000, { contributionId, name: "Zoë" });
    await board.report(paymentReport(reference, 20_000));

    await vi.waitFor(() => expect(seen.at(-1)).toMatchObject({ percent: 15, contributors: ["Zoë"] }));
    expect(JSON.stringify(seen)).not.toMatch(/20_?000|19_?400|R200/);

    const contributors = [{ contributionId, name: "hidden" }] as const;
    await board.execute({ type: "update_board", photo: "/pictures/maya.jpg", contributors });

    await vi.waitFor(() => {
      expect(seen.at(-1)).toMatchObject({ photoUrl: "/pictures/maya.jpg", contributors: [null] });
    });
    socket.close();
  });

  it("a live page of an unknown board is answered 404", async () => {
    const unknownBoard = new RemoteBoard(newId(new Date()));

    const response = await unknownBoard.stub.fetch("https://board/live", { headers: { Upgrade: "websocket" } });

    expect(response.status).toBe(404);
  });
});
