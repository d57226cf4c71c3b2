import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect, it } from "vitest";
import { claimPictures } from "#boards/claim-pictures";
import { newId } from "#domain/ids";
import { deletePicturesOf } from "#media/delete-pictures";
import { keepPicture } from "#media/keep-picture";
import { servicesOf } from "#platform/wiring";
import { aPng } from "../support/pictures.ts";

it("the bucket and the encoder of the platform keep a photo, serve it, and forget it with its board", async () => {
  const context = createExecutionContext();
  const services = servicesOf(env, context, "req_test");
  const kept = await keepPicture(services, aPng(1_000, 700), "photo");
  if ("refused" in kept) throw new Error(kept.refused);
  const boardId = newId(new Date());
  await claimPictures(services, boardId, [kept.path]);

  const ask = (side: number) => exports.default.fetch(`https://chipin.test${kept.path.replace("640", String(side))}`);
  const sizes = [];
  for (const side of [192, 384, 640]) {
    const answer = await ask(side);
    expect([answer.status, answer.headers.get("Content-Type")]).toEqual([200, "image/webp"]);
    const info = await env.IMAGES.info(answer.body as ReadableStream<Uint8Array>);
    sizes.push("width" in info && [info.format, info.width, info.height]);
  }
  const preview = await exports.default.fetch(`https://chipin.test${kept.path.replace("640.webp", "preview.jpg")}`);
  expect(await env.IMAGES.info(preview.body as ReadableStream<Uint8Array>)).toMatchObject({
    format: "image/jpeg",
    width: 1_200,
    height: 630,
  });
  expect(sizes).toEqual([192, 384, 640].map((side) => ["image/webp", side, side]));

  const at = new Date();
  await deletePicturesOf(services, boardId, { id: newId(at), cause: "a test", at, dreamBoardId: boardId });

  for (const side of [192, 384, 640]) expect((await ask(side)).status).toBe(404);
  expect((await env.PICTURES.list({ prefix: `${kept.path.split("/")[2]}/` })).objects).toEqual([]);
  await waitOnExecutionContext(context);
});

it("what the encoder of the platform cannot read is refused", async () => {
  const services = servicesOf(env, createExecutionContext(), "req_test");

  expect(await keepPicture(services, aPng(0, 0, { width: 90, height: 90 }), "gift")).toMatchObject({
    refused: "unreadable",
  });
});
