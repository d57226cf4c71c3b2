import { expect, it } from "vitest";
import { readExcerpt } from "#webhooks/excerpt";

const never = new AbortController().signal;

const streamOf = (chunks: Iterator<Uint8Array>) =>
  new ReadableStream({
    pull(controller) {
      const { done, value } = chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });

it("readExcerpt returns a short body whole and an empty string for no body", async () => {
  expect(await readExcerpt(new Response("thank you"), 1_000, never)).toBe("thank you");
  expect(await readExcerpt(new Response(null, { status: 204 }), 1_000, never)).toBe("");
});

it("readExcerpt stops reading an endless body", async () => {
  let pulled = 0;
  function* endless() {
    for (;;) {
      pulled++;
      yield new TextEncoder().encode("x".repeat(100));
    }
  }

  const excerpt = await readExcerpt(new Response(streamOf(endless())), 1_000, never);

  expect(excerpt).toBe("x".repeat(1_000));
  expect(pulled).toBeLessThan(20);
});

it("readExcerpt keeps what had arrived when the body breaks off", async () => {
  function* broken() {
    yield new TextEncoder().encode("so far so g");
    throw new Error("connection reset");
  }

  expect(await readExcerpt(new Response(streamOf(broken())), 1_000, never)).toBe("so far so g");
});

it("readExcerpt keeps what had arrived when the time is up, and ends the answer", async () => {
  const time = new AbortController();
  let isCancelled = false;
  const dripping = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode("d"));
      return new Promise(() => time.abort());
    },
    cancel() {
      isCancelled = true;
    },
  });

  expect(await readExcerpt(new Response(dripping), 1_000, time.signal)).toBe("d");
  expect(isCancelled).toBe(true);
});

it("readExcerpt returns only text that Postgres can store", async () => {
  expect(await readExcerpt(new Response("a\0b"), 1_000, never)).toBe("a\ufffdb");
  expect(await readExcerpt(new Response(new Uint8Array([0x61, 0xff, 0xfe])), 1_000, never)).toBe("a\ufffd\ufffd");
  expect(await readExcerpt(new Response("ab🎂"), 3, never)).toBe("ab\ufffd");
});

it("readExcerpt reads an answer that says it is short in one go, and waits no longer for one that drips", async () => {
  const short = { headers: { "content-length": "9" } };
  expect(await readExcerpt(new Response("thank you", short), 1_000, never)).toBe("thank you");

  const dripping = new ReadableStream({ pull: () => new Promise(() => undefined) });
  expect(await readExcerpt(new Response(dripping, short), 1_000, AbortSignal.timeout(0))).toBe("");
});
