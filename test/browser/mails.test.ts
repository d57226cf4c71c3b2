import { mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { everyMail } from "../mail/every-mail.ts";
import { usePhone } from "./browser.ts";

const phone = usePhone();
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const CHECKS = readFileSync(join(import.meta.dirname, "mail-checks.js"), "utf8");
/** Each look of each mail, to be looked at. */
const folder = process.env.MAIL_PICTURES ?? mkdtempSync(join(tmpdir(), "chipin-mails-"));
const SMALLEST_BUTTON = 44;

type Seen = { overflow: number; small: string[]; foreign: string[]; preheader: string; preheaderSeen: boolean };

describe("mails in a browser", () => {
  it.each([
    ["light", 375],
    ["light", 600],
    ["dark", 375],
    ["dark", 600],
  ] as const)(
    "every mail in %s colours at %i pixels fits, can be read and pressed, and loads nothing",
    async (colorScheme, width) => {
      const page = await phone.open();
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      const faults: Record<string, unknown> = {};
      for (const [name, { html }] of everyMail()) {
        await page.setContent(html);
        await page.evaluate(`${AXE};${CHECKS}`);
        const seen = await page.evaluate<Seen>(`mailChecks.look(${SMALLEST_BUTTON})`);
        const faint = await page.evaluate<string[]>("mailChecks.faintTexts()");
        const { overflow, small, foreign, preheader, preheaderSeen } = seen;
        await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
        const isRight = overflow <= 0 && preheader.length > 10 && !preheaderSeen;
        if (!isRight || small.length + foreign.length + faint.length > 0) faults[name] = { ...seen, faint };
      }
      expect(faults).toEqual({});
    },
  );

  it("dark colours are used where the reader's are dark", async () => {
    const page = await phone.open();
    const [[, { html }] = ["", { html: "" }]] = everyMail();
    const ground = () => page.evaluate<string>(`${CHECKS};mailChecks.ground()`);
    await page.emulateMedia({ colorScheme: "light" });
    await page.setContent(html);
    expect(await ground()).toBe("rgb(253, 248, 243)");
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await ground()).toBe("rgb(28, 25, 23)");
  });
});
