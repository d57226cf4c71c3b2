import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ozow } from "#payments/ozow/provider";
import { svixSignature } from "#payments/ozow/webhook";
import { answerTo, type CallbackRequest } from "#payments/provider";
import { parseWebhookSecret } from "#platform/webhook-secret";
import { depsOf, ozowFarSide, SETTINGS } from "./ozow-callbacks.ts";

type Vector = {
  id: string;
  kind: string;
  note: string;
  inputs: { secret: string; headers: Record<string, string>; body: string; now: number };
  expected: { result: "accept" | "reject"; signature: string | null; reason?: string };
};

const vectors: Vector[] = JSON.parse(readFileSync(`${import.meta.dirname}/ozow-vectors.json`, "utf8"));

const REASONS: Record<string, string> = {
  signature_mismatch: "signature_mismatch",
  timestamp_too_old: "outside_time_window",
  timestamp_too_new: "outside_time_window",
  missing_header: "unsigned",
};

it("the file of Ozow vectors has OZ-01 to OZ-10", () => {
  expect(vectors.map(({ id }) => id)).toEqual(
    Array.from({ length: 10 }, (_, index) => `OZ-${String(index + 1).padStart(2, "0")}`),
  );
  expect(vectors.every(({ kind }) => kind === "svix_webhook")).toBe(true);
});

it.each(vectors)(
  "the published vector $id ($note) has its signature and verdict, and none under another secret",
  async ({ inputs, expected }) => {
    const body = new TextEncoder().encode(inputs.body);

    async function judge(secret = inputs.secret) {
      const far = ozowFarSide();
      const request: CallbackRequest = {
        body,
        headers: new Headers(inputs.headers),
        sourceAddress: null,
        now: new Date(inputs.now * 1_000),
      };
      const provider = ozow({ ...SETTINGS, webhookSecrets: [secret] }, depsOf(far.fetch).deps);
      return { verdict: await provider.readCallback(request), requests: far.requests };
    }

    const { verdict, requests } = await judge();
    const underOtherSecret = await judge("whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA==");

    // The vector without a timestamp has no signature.
    const { "svix-id": id = "", "svix-timestamp": timestamp } = inputs.headers;
    const computed = timestamp && svixSignature(parseWebhookSecret(inputs.secret), { id, timestamp }, body);
    expect(computed ?? null).toBe(expected.signature);
    expect(underOtherSecret.verdict).toMatchObject({
      reason: expect.stringMatching(/^(signature_mismatch|unsigned)$/),
    });
    expect(underOtherSecret.requests).toEqual([]);
    if (expected.result === "reject") {
      expect(verdict).toMatchObject({ reason: REASONS[expected.reason ?? ""] });
      expect("reason" in verdict && answerTo(verdict, "ozow")).toEqual({ status: 401, alert: false });
      expect(requests).toEqual([]);
      return;
    }
    const isEvent = "type" in JSON.parse(inputs.body);
    // Svix's example is authentic, but not an event of Ozow. The others are about transactions that the fake lacks.
    expect(verdict).toMatchObject(isEvent ? { reason: "unusable_event" } : { reason: "malformed", signed: true });
    expect(requests.length > 0).toBe(isEvent);
  },
);
