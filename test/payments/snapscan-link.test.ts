import { expect, it } from "vitest";
import { snapscan } from "#payments/snapscan/provider";
import { deps, openPayment, SETTINGS, snapscanFarSide } from "./snapscan-callbacks.ts";

async function link(changes: Partial<typeof SETTINGS> = {}): Promise<URL> {
  const { checkout } = await snapscan({ ...SETTINGS, ...changes }, deps(snapscanFarSide().fetch)).start(openPayment());
  return new URL(checkout.kind === "qr" ? checkout.link : expect.fail(checkout.kind));
}

it("the SnapScan link contains our reference, the amount and strict, and nothing else", async () => {
  expect((await link()).search).toBe("?id=8k3m9q2rtw0v5x7yz1ab&amount=25750&strict=true");
});

it("the SnapScan link contains the return addresses when SNAPSCAN_REDIRECTS is on", async () => {
  expect([...(await link({ redirects: true })).searchParams]).toEqual([
    ["id", "8k3m9q2rtw0v5x7yz1ab"],
    ["amount", "25750"],
    ["strict", "true"],
    ["s_url", "https://chipin.example/maya-birthday-8k3m9q2rtw/thanks?a=1&b=2"],
    ["f_url", "https://chipin.example/maya-birthday-8k3m9q2rtw"],
  ]);
});

it("the SnapScan code never contains the return addresses", async () => {
  const { checkout } = await snapscan({ ...SETTINGS, redirects: true }, deps(snapscanFarSide().fetch)).start(
    openPayment(),
  );

  expect(checkout.kind === "qr" && checkout.code).toBe((await link()).href);
});

it("the SnapScan link's signature is the same with and without return addresses", async () => {
  const [plain, back] = [await link({ validationKey: "key" }), await link({ validationKey: "key", redirects: true })];

  expect(plain.searchParams.get("signature")).toMatch(/^[0-9a-f]{64}$/);
  expect(back.href.startsWith(`${plain.href}&s_url=`)).toBe(true);
});

it("the SnapScan link contains no key", async () => {
  const { href } = await link({ validationKey: "validation-key", redirects: true });

  for (const secret of ["validation-key", SETTINGS.apiKey, SETTINGS.webhookAuthKey]) {
    expect(href).not.toContain(secret);
  }
});

it("the SnapScan link leads to the configured host", async () => {
  const settings = { ...SETTINGS, baseUrl: "http://localhost:8787/snapscan" };
  const provider = snapscan(settings, deps(snapscanFarSide().fetch));

  expect((await link(settings)).href).toMatch(/^http:\/\/localhost:8787\/snapscan\/qr\/CHIPDEMO\?/);
  expect(provider.checkoutOrigins).toEqual(["http://localhost:8787"]);
});
