import { describe, expect, it } from "vitest";
import { readArguments } from "../../local/arguments.ts";

describe("readArguments", () => {
  it("starts on 8787 and keeps things unless told otherwise", () => {
    expect(readArguments([])).toEqual({
      ...{ port: 8787, ephemeral: false, watch: false, set: {}, directory: undefined, help: false },
    });
  });

  it("takes a port, memory only, and any number of settings", () => {
    const args = ["--port", "9100", "--ephemeral", "--set", "A=1", "--set", "PUBLIC_ORIGIN=http://x.test/?a=b"];

    expect(readArguments(args)).toMatchObject({
      ...{ port: 9100, ephemeral: true, set: { A: "1", PUBLIC_ORIGIN: "http://x.test/?a=b" } },
    });
  });

  it("takes an empty value", () => {
    expect(readArguments(["--set", "PAYFAST_PASSPHRASE="]).set).toEqual({ PAYFAST_PASSPHRASE: "" });
  });

  it.each([
    [["--port", "nine"], /--port must be a number from 1 to 65534, not "nine"/],
    [["--port", "0"], /--port must be/],
    [["--port", "65535"], /--port must be/],
    [["--port"], /--port/],
    [["--set", "lower=1"], /--set must look like NAME=VALUE/],
    [["--set", "NAME"], /--set must look like NAME=VALUE/],
    [["--prot", "9000"], /--prot[\s\S]*npm start -- --port N/],
    [["9000"], /9000[\s\S]*npm start -- --port N/],
  ])("refuses %j", (args, sentence) => {
    expect(() => readArguments(args)).toThrow(sentence);
  });
});
