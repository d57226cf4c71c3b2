import { describe, expect, it } from "vitest";
import { configuredProviders } from "#payments/registry";
import { SETTINGS, validatePage } from "./payfast-notices.ts";

const NONE = { payfast: null, ozow: null, snapscan: null };

describe("configuredProviders", () => {
  it("offers a provider that has settings, under its name", () => {
    const providers = configuredProviders({ ...NONE, payfast: SETTINGS }, validatePage());

    expect([...providers].map(([name, provider]) => [name, provider.name])).toEqual([["payfast", "payfast"]]);
  });

  it("offers none when nothing is configured", () => {
    expect(configuredProviders(NONE, validatePage()).size).toBe(0);
  });
});
