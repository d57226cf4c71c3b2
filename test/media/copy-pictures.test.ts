import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { eq } from "drizzle-orm";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { updateBoard } from "#boards/update-board";
import { pictures } from "#database/own-tables";
import { readPicturePath } from "#domain/pictures";
import { copyPictures } from "#media/copy-pictures";
import type { Services } from "#platform/services";
import type { Fetch } from "#webhooks/public-host";
import { queuePictureCopies } from "../../src/jobs/copy-pictures.ts";
import { anonymiseBoard } from "../../src/operations/anonymise-board.ts";
import { copyWarnings, presentBoard } from "../../src/wire/board.ts";
import { aHouse, aLiveBoard, DAY, HOUR, type House, type LiveBoard, MINUTE } from "../reconciliation/support.ts";
import { startTestDatabase, type TestDatabase } from "../support/database.ts";
import { aPng, PicturesInMemory } from "../support/pictures.ts";

const RESOLVER = "https://resolver.test/dns-query";
const SHOP = "https://shop.example";
const jpeg = await sharp({ create: { width: 900, height: 600, channels: 3, background: "#1B998B" } })
  .jpeg()
  .toBuffer();

/** What the shop's server does at each path. */
const SHOP_SERVES: Readonly<Record<string, (response: ServerResponse, request: IncomingMessage) => void>> = {
  "/maya.jpg": (response) => response.writeHead(200, { "Content-Type": "image/jpeg" }).end(jpeg),
  "/said-to-be-a-page.jpg": (response) => response.writeHead(200, { "Content-Type": "text/html" }).end(jpeg),
  "/without-a-type": (response) => response.end(jpeg),
  "/bomb.png": (response) => response.end(aPng(1, 1, { width: 10_000, height: 10_000 })),
  "/renamed.jpg": (response) => response.writeHead(200, { "Content-Type": "image/jpeg" }).end("%PDF-1.7\n1 0 obj"),
  "/drawing.svg": (response) => response.end('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
  "/broken.jpg": (response) => response.end(jpeg.subarray(0, 1_500)),
  "/12-mb.jpg": (response) => response.end(Buffer.concat([jpeg, Buffer.alloc(12_000_000)])),
  "/12-mb-unannounced.jpg": (response) => {
    response.write(jpeg);
    response.end(Buffer.alloc(12_000_000));
  },
  "/never": () => undefined,
  "/drips": (response) => void response.write(jpeg.subarray(0, 100)),
  "/hangs-up": (response) => void response.destroy(),
  "/gone": (response) => response.writeHead(404).end("no such picture"),
  "/moved": (response) => response.writeHead(302, { Location: "maya.jpg" }).end(),
  "/moved-thrice": (response) => response.writeHead(301, { Location: "/moved-twice" }).end(),
  "/moved-twice": (response) => response.writeHead(307, { Location: "/moved" }).end(),
  "/moved-four-times": (response) => response.writeHead(308, { Location: `${SHOP}/moved-thrice` }).end(),
  "/to-loopback": (response) => response.writeHead(302, { Location: "http://127.0.0.1:9/metadata" }).end(),
  "/to-an-address": (response) => response.writeHead(302, { Location: "https://169.254.169.254/latest" }).end(),
  "/to-a-private-name": (response) => response.writeHead(302, { Location: "https://inside.example/maya.jpg" }).end(),
  "/to-us": (response) => response.writeHead(302, { Location: "https://api.chipin.example/v1/payouts" }).end(),
  "/to-nonsense": (response) => response.writeHead(302, { Location: "https://" }).end(),
  "/not-modified": (response) => response.writeHead(304).end(),
};

let database: TestDatabase;
let shop: ReturnType<typeof createServer>;
let house: House;
let store: PicturesInMemory;
let services: Services;
/** Hosts that were asked for something, the resolver not among them. */
let asked: string[];
beforeAll(async () => {
  database = await startTestDatabase();
  shop = createServer((request, response) => SHOP_SERVES[request.url ?? ""]?.(response, request));
  shop.listen(0, "127.0.0.1");
  await once(shop, "listening");
});
beforeEach(async () => {
  await database.postgres.session((session) => session.script("UPDATE board_events SET at = '2020-01-01T00:00:00Z'"));
  house = aHouse(database, { DNS_RESOLVER_URL: RESOLVER });
  store = new PicturesInMemory();
  services = { ...house.services, pictures: store };
  asked = [];
});
afterAll(async () => {
  shop.closeAllConnections();
  shop.close();
  await database.stop();
});

/** The internet: a resolver, and the shop's server. `inside.example` has a private address, `lost.example` none. */
const fetchOutside: Fetch = async (url, init) => {
  const { origin, hostname, pathname, searchParams } = new URL(url);
  if (`${origin}${pathname}` === RESOLVER) {
    const name = searchParams.get("name");
    const data = name === "inside.example" ? "10.0.0.8" : "93.184.216.34";
    const answer = name === "lost.example" || searchParams.get("type") !== "1" ? [] : [{ type: 1, data }];
    return Response.json({ Status: 0, Answer: answer });
  }
  asked.push(hostname);
  const { port } = shop.address() as AddressInfo;
  return await fetch(`http://127.0.0.1:${port}${pathname}`, init);
};
const copying = (live: LiveBoard, timeoutMs = 10_000) =>
  copyPictures(services, live.boardId, { fetch: fetchOutside, timeoutMs });

const OWN = "/images/share.png";
/** A board whose photo is at this address, and whose gift's picture is ours. */
async function aBoardWith(childPhotoUrl: string, productImage = OWN): Promise<LiveBoard> {
  const live = await aLiveBoard(house);
  await live.execute({ type: "update_board", photo: childPhotoUrl, giftPicture: productImage });
  return live;
}
const profileOf = (live: LiveBoard) => live.board.journal.profile;
const rowsOf = ({ boardId }: LiveBoard) =>
  database.db.select().from(pictures).where(eq(pictures.dreamBoardId, boardId));
/** What the partner sees. */
function seen(live: LiveBoard) {
  const board = live.board.board.snapshot({ kind: "admin" });
  if (!board) throw new Error("no board");
  return { photo: presentBoard(board, "https://chipin.example").child_photo_url, warnings: copyWarnings(board) };
}

describe("a picture from another host", () => {
  it("is copied, shown from our own host, and belongs to the board", async () => {
    const live = await aBoardWith(`${SHOP}/maya.jpg`, `${SHOP}/moved`);

    await copying(live);

    const { childPhotoUrl, gift } = profileOf(live) ?? {};
    expect([childPhotoUrl, gift]).toMatchObject([
      expect.stringMatching(/^\/pictures\/[0-9a-f-]{36}\/640\.webp$/),
      { productImage: expect.stringMatching(/^\/pictures\/[0-9a-f-]{36}\/960\.webp$/) },
    ]);
    const rows = await rowsOf(live);
    expect(rows.map(({ kind }) => kind).toSorted()).toEqual(["gift", "photo"]);
    expect(new Set([...store.objects.keys()].map((key) => key.split("/")[0]))).toEqual(
      new Set(rows.map(({ id }) => id)),
    );
    expect(seen(live)).toEqual({ photo: `https://chipin.example${childPhotoUrl}`, warnings: [] });

    asked = [];
    await copying(live);
    expect([asked, await rowsOf(live)]).toEqual([[], rows]);
  });

  it.each(["/said-to-be-a-page.jpg", "/without-a-type", "/moved-thrice"])("%s is copied", async (path) => {
    const live = await aBoardWith(SHOP + path);
    await copying(live);

    expect(readPicturePath(profileOf(live)?.childPhotoUrl ?? "")).not.toBeNull();
  });

  it.each([
    ["/bomb.png", "too_many_pixels"],
    ["/renamed.jpg", "not_a_picture"],
    ["/drawing.svg", "not_a_picture"],
    ["/broken.jpg", "unreadable"],
    ["/12-mb.jpg", "too_large"],
    ["/12-mb-unannounced.jpg", "too_large"],
    ["/hangs-up", "unreachable"],
    ["/gone", "not_found"],
    ["/not-modified", "not_found"],
    ["/moved-four-times", "too_many_redirects"],
    ["/to-loopback", "not_public"],
    ["/to-an-address", "not_public"],
    ["/to-a-private-name", "not_public"],
    ["/to-us", "not_public"],
    ["/to-nonsense", "not_public"],
  ])("%s is not copied: the drawing stays, and the partner reads why (%s)", async (path, problem) => {
    const live = await aBoardWith(SHOP + path);
    const before = live.events;

    await copying(live);

    expect(profileOf(live)).toMatchObject({ childPhotoUrl: SHOP + path, copyProblems: { photo: problem } });
    expect(seen(live)).toEqual({
      photo: SHOP + path,
      warnings: [
        { field: "child_photo_url", reason: expect.stringMatching(/^could not be copied, so guests see a drawing: /) },
      ],
    });
    expect([live.events, await rowsOf(live), store.objects.size]).toEqual([before, [], 0]);
    expect(new Set(asked)).toEqual(new Set(["shop.example"]));
  });

  it.each([["/never"], ["/drips"]])("%s is given up when its time is over", async (path) => {
    const live = await aBoardWith(SHOP + path);
    await copying(live, 100);

    expect(profileOf(live)?.copyProblems).toEqual({ photo: "unreachable" });
  });

  it.each([
    ["https://10.0.0.8/maya.jpg", "not_public"],
    ["https://inside.example/maya.jpg", "not_public"],
    ["https://lost.example/maya.jpg", "unreachable"],
    ["https://user:secret@shop.example/maya.jpg", "not_public"],
    ["https://shop.example:22/maya.jpg", "not_public"],
  ])("nothing is asked of %s", async (address, problem) => {
    const live = await aBoardWith(address);
    await copying(live);

    expect([asked, profileOf(live)?.copyProblems]).toEqual([[], { photo: problem }]);
  });

  it("a picture that can be had later is copied then, and the note is gone", async () => {
    const live = await aBoardWith(`${SHOP}/gone`, `${SHOP}/drawing.svg`);
    await copying(live);
    expect(seen(live).warnings.map(({ field }) => field)).toEqual(["child_photo_url", "gift_data.product_image"]);

    await live.execute({ type: "update_board", photo: `${SHOP}/maya.jpg` });
    await copying(live);

    expect(seen(live).warnings.map(({ field }) => field)).toEqual(["gift_data.product_image"]);
  });

  it("an address on our own host is left as it is", async () => {
    const live = await aBoardWith("https://chipin.example/images/demo/maya.webp");
    await copying(live);

    expect([asked, profileOf(live)?.childPhotoUrl]).toEqual([[], "https://chipin.example/images/demo/maya.webp"]);
  });
});

describe("pictures of a board that changes", () => {
  it("a picture that is replaced is deleted", async () => {
    const live = await aBoardWith(`${SHOP}/maya.jpg`);
    await copying(live);
    const [first] = await rowsOf(live);

    await live.execute({ type: "update_board", photo: `${SHOP}/moved` });
    await copying(live);

    const rows = await rowsOf(live);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.id).not.toBe(first?.id);
    expect([...store.objects.keys()].every((key) => key.startsWith(rows[0]?.id ?? "?"))).toBe(true);
  });

  it("a copy that comes too late is not the board's", async () => {
    const live = await aBoardWith(`${SHOP}/maya.jpg`);
    const slow: Fetch = async (url, init) => {
      const answer = await fetchOutside(url, init);
      if (url.startsWith(SHOP)) await live.execute({ type: "update_board", photo: OWN });
      return answer;
    };
    await copyPictures(services, live.boardId, { fetch: slow });

    expect([profileOf(live)?.childPhotoUrl, await rowsOf(live)]).toEqual([OWN, []]);
  });

  it("an anonymised board has no picture left, in no size", async () => {
    const live = await aBoardWith(`${SHOP}/maya.jpg`, `${SHOP}/moved`);
    await copying(live);
    await live.execute({ type: "cancel_board" });
    expect(store.objects.size).toBe(7);

    await anonymiseBoard(services, { id: live.boardId, partnerId: live.partnerId }, { cause: "a test" });
    await copying(live);

    expect([store.objects.size, await rowsOf(live), profileOf(live)?.childPhotoUrl]).toEqual([
      0,
      [],
      "/images/anonymized.png",
    ]);
  });

  it("a new picture is queued, and claimed where it is ours", async () => {
    const live = await aLiveBoard(house);
    const asHost: Services = { ...services, actor: { kind: "host", hostId: live.hostId } };
    const id = randomUUID();
    await database.db.insert(pictures).values({ id, kind: "photo", bytes: 1 });

    await updateBoard(asHost, live.slug, { message: "Hello" });
    expect(house.queues.pictures).toEqual([]);
    await updateBoard(asHost, live.slug, { photo: `/pictures/${id}/640.webp`, giftPicture: `${SHOP}/maya.jpg` });

    expect(house.queues.pictures).toEqual([{ body: { boardId: live.boardId } }]);
    expect(await rowsOf(live)).toMatchObject([{ id }]);
  });
});

describe("the job that queues pictures", () => {
  const queued = async () => {
    house.queues.pictures.length = 0;
    const counted = await queuePictureCopies(services, house.clock.now);
    const ids = house.queues.pictures.map(({ body }) => (body as { boardId: string }).boardId);
    expect(counted).toEqual({ queued: ids.length });
    return ids;
  };

  it("a board with a picture on another host is queued again for a day, from ten minutes after its change", async () => {
    const { boardId } = await aBoardWith(`${SHOP}/gone`);
    expect(await queued()).toEqual([]);
    house.pass(11 * MINUTE);
    expect(await queued()).toEqual([boardId]);
    house.pass(23 * HOUR);
    expect(await queued()).toEqual([boardId]);
    house.pass(DAY);
    expect(await queued()).toEqual([]);
  });

  it("a board that has all its pictures, or has ended, is not queued", async () => {
    await aBoardWith(OWN);
    const copied = await aBoardWith(`${SHOP}/maya.jpg`);
    await copying(copied);
    const ended = await aBoardWith(`${SHOP}/gone`);
    await ended.execute({ type: "cancel_board" });
    const { boardId } = await aBoardWith(OWN, `${SHOP}/gone`);
    house.pass(HOUR);

    expect(await queued()).toEqual([boardId]);
  });
});
