import { NeonDbError } from "@neondatabase/serverless";
import { expect, it } from "vitest";
import { AttemptRecorder } from "#webhooks/attempt-recorder";
import type { RecordedAttempt } from "#webhooks/record-attempts";

const attempt = (id: string) => ({ delivery: { id } }) as RecordedAttempt;
const away = () => new NeonDbError("fetch failed");

/** A recorder whose seconds pass by hand. `failures` are thrown by the first writings. */
function recorder(failures: readonly unknown[] = []) {
  const written: string[][] = [];
  const seconds: (() => void)[] = [];
  const failing = [...failures];
  let isWriting = false;
  const subject = new AttemptRecorder(
    async (attempts) => {
      if (isWriting) throw new Error("two writings at once");
      isWriting = true;
      await new Promise(setImmediate);
      isWriting = false;
      const failure = failing.shift();
      if (failure) throw failure;
      written.push(attempts.map(({ delivery }) => delivery.id));
    },
    (ms, work) => {
      expect(ms).toBe(1_000);
      seconds.push(work);
      return () => void seconds.splice(seconds.indexOf(work), 1);
    },
  );
  const second = async () => {
    for (const work of seconds.splice(0)) work();
    for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
  };
  return { subject, written, second };
}

it("what is done is recorded once a second, and the rest at the end", async () => {
  const { subject, written, second } = recorder();
  for (const id of ["a", "b"]) subject.add(attempt(id));
  expect(written).toEqual([]);
  await second();
  subject.add(attempt("c"));
  await second();
  await second();
  for (const id of ["d", "e"]) subject.add(attempt(id));
  await subject.finish();

  expect(written).toEqual([["a", "b"], ["c"], ["d", "e"]]);
});

it("fifty are recorded at once, beside what is still sent, and the rest with the second", async () => {
  const { subject, written, second } = recorder();
  for (let nth = 0; nth < 50; nth += 1) subject.add(attempt(`${nth}`));
  for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate);
  for (let nth = 50; nth < 70; nth += 1) subject.add(attempt(`${nth}`));

  expect(written.map(({ length }) => length)).toEqual([50]);
  await second();
  expect(written.map(({ length }) => length)).toEqual([50, 20]);
});

it("what could not be recorded while Postgres was away is recorded with the next ones", async () => {
  const { subject, written, second } = recorder([away()]);
  subject.add(attempt("a"));
  await second();
  subject.add(attempt("b"));
  await second();
  await subject.finish();

  expect(written).toEqual([["a", "b"]]);
});

it("finish tries three times while Postgres is away, and then throws", async () => {
  const rows = [
    { failures: 2, written: [["a"]], thrown: null },
    { failures: 3, written: [], thrown: "fetch failed" },
  ];
  const found = [];
  for (const { failures } of rows) {
    const { subject, written, second } = recorder(Array.from({ length: failures }, away));
    subject.add(attempt("a"));
    const finishing = subject.finish().then(
      () => null,
      (error: Error) => error.message,
    );
    for (let pause = 0; pause < 4; pause += 1) await second();
    found.push({ failures, written, thrown: await finishing });
  }
  expect(found).toEqual(rows);
});

it("finish throws what Postgres refused, and records what came later", async () => {
  const { subject, written, second } = recorder([new RangeError("refused")]);
  subject.add(attempt("a"));
  await second();
  subject.add(attempt("b"));

  await expect(subject.finish()).rejects.toThrow("refused");
  expect(written).toEqual([["b"]]);
});
