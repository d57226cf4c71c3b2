import { expect, it } from "vitest";
import { readArguments } from "../../local/arguments.ts";
import { everyRow } from "../support/every-row.ts";

it("npm start uses port 8787 and keeps its data by default", () => {
  expect(readArguments([])).toEqual({
    port: 8787,
    ephemeral: false,
    reset: false,
    watch: false,
    edgeCache: false,
    set: {},
    directory: undefined,
    help: false,
  });
});

it("npm start takes a port, --ephemeral and any number of settings, also empty ones", () => {
  const args = ["--port", "9100", "--ephemeral", "--set", "A=1", "--set", "PUBLIC_ORIGIN=http://x.test/?a=b"];

  expect(readArguments(args)).toMatchObject({
    port: 9100,
    ephemeral: true,
    set: { A: "1", PUBLIC_ORIGIN: "http://x.test/?a=b" },
  });

  expect(readArguments(["--reset"])).toMatchObject({ reset: true, ephemeral: false });
  expect(readArguments(["--set", "PAYFAST_PASSPHRASE="]).set).toEqual({ PAYFAST_PASSPHRASE: "" });
});

it("npm start refuses a wrong argument with a sentence that names it", async () => {
  await everyRow(
    [
      [["--port", "nine"], /--port must be a number from 1 to 65534, not "nine"/],
      [["--port", "0"], /--port must be/],
      [["--port", "65535"], /--port must be/],
      [["--port"], /--port/],
      [["--reset", "--ephemeral"], /^--reset and --ephemeral exclude each other/],
      [["--set", "lower=1"], /--set must look like NAME=VALUE/],
      [["--set", "NAME"], /--set must look like NAME=VALUE/],
      [["--prot", "9000"], /--prot[\s\S]*npm start -- --port N/],
      [["9000"], /9000[\s\S]*npm start -- --port N/],
    ],
    ([args, sentence]) => {
      expect(() => readArguments(args)).toThrow(sentence);
    },
  );
});
