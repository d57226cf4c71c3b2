import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
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

it("has every vector", () => {
  expect(vectors.map(({ id }) => id)).toEqual(
    Array.from({ length: 10 }, (_, index) => `OZ-${String(index + 1).padStart(2, "0")}`),
  );
  expect(vectors.every(({ kind }) => kind === "svix_webhook")).toBe(true);
});

describe.each(vectors)("$id: $note", ({ inputs, expected }) => {
  const body = new TextEncoder().encode(inputs.body);

  async function judge(secret = inputs.secret) {
    const far = ozowFarSide();
    const request: CallbackRequest = {
      ...{ body, headers: new Headers(inputs.headers), sourceAddress: null },
      now: new Date(inputs.now * 1_000),
    };
    const provider = ozow({ ...SETTINGS, webhookSecrets: [secret] }, depsOf(far.fetch).deps);
    return { verdict: await provider.readCallback(request), requests: far.requests };
  }

  it.runIf(expected.signature !== null)("computes the expected signature", () => {
    const { "svix-id": id = "", "svix-timestamp": timestamp = "" } = inputs.headers;

    expect(svixSignature(parseWebhookSecret(inputs.secret), { id, timestamp }, body)).toBe(expected.signature);
  });

  it("comes to the expected verdict, and asks nobody unless it is accepted", async () => {
    const { verdict, requests } = await judge();

    if (expected.result === "reject") {
      expect(verdict).toMatchObject({ reason: REASONS[expected.reason ?? ""] });
      expect("reason" in verdict && answerTo(verdict, "ozow")).toEqual({ status: 401, alert: false });
      expect(requests).toEqual([]);
      return;
    }
    const isEvent = "type" in JSON.parse(inputs.body);
    // Svix's own example is authentic and no event of Ozow's; the others are about a transaction nobody has here.
    expect(verdict).toMatchObject(isEvent ? { reason: "unusable_event" } : { reason: "malformed", signed: true });
    expect(requests.length > 0).toBe(isEvent);
  });

  it("is nothing under another secret", async () => {
    const { verdict, requests } = await judge("whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA==");

    expect(verdict).toMatchObject({ reason: expect.stringMatching(/^(signature_mismatch|unsigned)$/) });
    expect(requests).toEqual([]);
  });
});
