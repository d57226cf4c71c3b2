import { describe, expect, it, vi } from "vitest";
import { cents } from "#domain/money";
import { AFTER_DEADLINE, BEFORE_DEADLINE } from "../../support/board.ts";
import { everyRow } from "../../support/every-row.ts";
import { ALL_PROVIDERS } from "../far-sides.ts";
import { type GuestSite, guestSite } from "./guest-site.ts";
import { RAND, readableText } from "./views.ts";

const PROVIDERS = ["payfast", "ozow", "snapscan"] as const;
type Provider = (typeof PROVIDERS)[number];

const LOOK_UPS = /^GET (api\.payfast\.co\.za\/transactions|one\.ozow\.com\/v1\/payments\/|pos\.snapscan\.io\/merchant)/;

/** A contribution of R200 by Thandi that was begun at the provider, whose API can be asked. */
async function begun(provider: Provider, settings: Record<string, string> = {}) {
  const guests = guestSite({ settings: { ...ALL_PROVIDERS, PAYFAST_API_ENABLED: "true", ...settings } });
  await guests.chipIn({ provider });
  const [reference = ""] = guests.references();
  return { ...guests, provider, reference, lookUps: () => guests.far.asked.filter((asked) => LOOK_UPS.test(asked)) };
}
type Begun = Awaited<ReturnType<typeof begun>>;

/** The provider has the money, and its callback has not come. */
function paidInSilence({ far, provider, reference, site }: Begun): void {
  const at = site.clock.now;
  if (provider === "payfast") far.payfast.pay(reference, 20_000, at);
  if (provider === "ozow") {
    const amount = { currency: "ZAR", value: 200 };
    far.ozow.pay({ merchantReference: reference, amount, createdDate: at.toISOString() });
  }
  if (provider === "snapscan") {
    far.snapscan.pay({ merchantReference: reference, requiredAmount: 20_000, totalAmount: 20_000 });
  }
}

function report({ board, provider, reference }: Begun, status: "completed" | "failed" | "processing"): void {
  const payment = { providerPaymentId: "p-1", providerStatus: status, amount: cents(20_000) };
  board.play({ type: "report_payment", provider, reference, status, ...payment });
}

/** As a browser goes there: every redirect is followed, and the payer's cookies are sent below the thanks page only. */
async function goTo(guests: GuestSite, path: string, own: readonly string[] = []) {
  const cookie = own.map((reference, at) => `payer-${reference}=${own.length - at}`).join("; ");
  let next = `/${guests.board.slug}${path}`;
  for (;;) {
    const isOwn = cookie && next.split("?")[0]?.startsWith(`/${guests.board.slug}/thanks`);
    const answer = await guests.send(next, isOwn ? { headers: { Cookie: cookie } } : {});
    expect(answer.headers.get("Cache-Control")).toBe(
      next.endsWith(guests.board.slug) ? expect.any(String) : "no-store",
    );
    if (!answer.location) return { ...answer, at: next.replace(`/${guests.board.slug}`, "") };
    next = answer.location;
  }
}

const CANCELLED = "?cancelled=true";
const FAILED = "/payment-failed";
const NOTHING_TAKEN = /nothing was taken/i;

describe.each(PROVIDERS)("a guest who comes back from %s", (provider) => {
  it("reads what is true of the payment, whatever the redirect says", async () => {
    const rows: [what: string, happens: (it: Begun) => void, cancelled: RegExp, failed: RegExp][] = [
      ["paid", (it) => report(it, "completed"), /Thank you, Thandi!/, /Thank you, Thandi!/],
      ["paid, and the callback is late", paidInSilence, /Thank you, Thandi!/, /Thank you, Thandi!/],
      [
        "failed",
        (it) => report(it, "failed"),
        /Changed your mind\?.* nothing was taken/s,
        /That payment didn’t go through.*Nothing was taken/s,
      ],
      [
        "open",
        () => {},
        /They don’t have your payment yet\. If you did pay/,
        /Confirming your payment.*They don’t have your payment yet/s,
      ],
      ["being worked on", (it) => report(it, "processing"), /Confirming your payment/, /Confirming your payment/],
    ];
    await everyRow(rows, async ([, happens, cancelled, failed]) => {
      for (const [path, says] of [
        [CANCELLED, cancelled],
        [FAILED, failed],
      ] as const) {
        const it = await begun(provider);
        happens(it);
        it.aWhileLater();
        const { html, status } = await goTo(it, path, [it.reference]);
        expect(status).toBe(200);
        expect(html).toMatch(says);
        if (it.board.of(it.reference).status !== "failed") expect(html).not.toMatch(NOTHING_TAKEN);
        // What the page keeps asking leads to the thanks page as soon as the money is there.
        expect(html.includes("data-confirm=")).toBe(/Confirming|don’t have/.test(html));
      }
    });
  });

  it("is recognised by the reference in the address where the browser has no cookie, and reads neither name nor amount", async () => {
    const it = await begun(provider);
    paidInSilence(it);
    const { html } = await goTo(it, `${CANCELLED}&ref=${it.reference}`);

    expect(html).toContain("Your payment is in.");
    expect(html).not.toMatch(/Thandi,|R200/);
  });

  it("is not told that nothing was taken while the provider does not answer", async () => {
    const it = await begun(provider);
    it.far.payfast.behave("answers 500");
    it.far.ozow.farSide = "answers 500";
    it.far.snapscan.behave("answers 500");
    const { html } = await goTo(it, CANCELLED, [it.reference]);

    expect(html).toMatch(/We couldn’t check with \w+ just now/);
    expect(html).not.toMatch(NOTHING_TAKEN);
  });
});

describe("a guest whose payment is not known", () => {
  it.each<[who: string, own: (it: Begun) => string[], query: (it: Begun) => string]>([
    ["without a cookie", () => [], () => ""],
    ["with a cookie of another board", (it) => [it.other.begin("payfast", 77_700)], () => ""],
    ["with a cookie of a payment that never was", (it) => [`${it.board.code}0000000000`], () => ""],
    ["with a reference of another board", () => [], (it) => `ref=${it.other.begin("payfast", 77_700)}`],
  ])("%s, reads no claim about it, and no provider is asked", async (_, own, query) => {
    const it = await begun("payfast");
    report(it, "completed");
    it.aWhileLater();
    const asked = it.far.asked.length;

    const cancelled = await goTo(it, `${CANCELLED}&${query(it)}`, own(it));
    const failed = await goTo(it, `${FAILED}?${query(it)}`, own(it));

    expect(cancelled.html).toContain("Maya’s birthday wish");
    expect(cancelled.html).toContain("If you did pay, please don’t pay again");
    expect(failed.html).toContain("Was there a problem with your payment?");
    for (const { html } of [cancelled, failed]) {
      expect(readableText(html)).not.toMatch(/nothing was taken|Thandi,/i);
      expect(readableText(html)).not.toMatch(RAND);
    }
    expect(it.far.asked.length).toBe(asked);
  });
});

it("the newest of a browser's payments is meant, and a reference in the address before it", async () => {
  const it = await begun("payfast");
  const second = it.board.begin("snapscan", 30_000);
  it.board.report(it.reference);
  it.aWhileLater();

  expect((await goTo(it, CANCELLED, [second, it.reference])).html).toContain("They don’t have your payment yet");
  expect((await goTo(it, CANCELLED, [it.reference, second])).html).toContain("Thank you, Thandi!");
  const path = `${CANCELLED}&ref=${it.reference}`;
  expect((await goTo(it, path, [second, it.reference])).html).toContain("Thank you, Thandi!");
});

it("a guest who comes back again and again makes no more look-ups than the limit of one payment", async () => {
  const it = await begun("snapscan");
  for (let time = 0; time < 5; time += 1) await goTo(it, CANCELLED, [it.reference]);

  expect(it.lookUps()).toHaveLength(1);
});

it("a guest waits three seconds for a provider that hangs, and its answer is taken all the same", async () => {
  const it = await begun("snapscan");
  paidInSilence(it);
  const answers = Promise.withResolvers<void>();
  const { fetch } = it.far.snapscan;
  it.far.snapscan.fetch = async (...request) => {
    await answers.promise;
    return await fetch(...request);
  };
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let page = "";
  const asking = it.site.request(`/${it.board.slug}/thanks/cancelled?ref=${it.reference}`);
  void asking.then(async (answer) => {
    page = await answer.text();
  });
  for (let waited = 0; waited < 4_000 && !page; waited += 100) await vi.advanceTimersByTimeAsync(100);
  vi.useRealTimers();
  expect(page).toContain("We couldn’t check with SnapScan just now");

  answers.resolve();
  await it.site.settled();
  expect(it.board.of(it.reference).status).toBe("completed");
});

describe("on a board that closed meanwhile", () => {
  it("a payment that may have been made is shown as waiting, and going on with it does not say that nothing was charged", async () => {
    const it = await begun("payfast");
    it.later(AFTER_DEADLINE.getTime() - BEFORE_DEADLINE.getTime());

    expect((await goTo(it, CANCELLED, [it.reference])).html).toContain("Confirming your payment");
    const { location } = await it.post("/pay", { ref: it.reference });
    expect(location).toBe(`/${it.board.slug}/thanks?ref=${it.reference}`);
  });

  it("a payment that failed took nothing, and is not offered again", async () => {
    const it = await begun("payfast");
    report(it, "failed");
    it.later(AFTER_DEADLINE.getTime() - BEFORE_DEADLINE.getTime());

    for (const path of [CANCELLED, FAILED]) {
      const { html } = await goTo(it, path, [it.reference]);
      expect(html).toContain("Nothing was taken.");
      expect(html).not.toMatch(/try again/i);
    }
    expect((await goTo(it, CANCELLED)).html).toContain("Maya’s board has closed");
    expect((await goTo(it, FAILED)).html).toContain("A payment that comes too late goes back in full");
  });
});

it("PayFast's form sends the guest who cancels back with the reference", async () => {
  const { chipIn, references, board } = guestSite();
  const { html } = await chipIn();

  expect(html).toContain(`/${board.slug}?cancelled=true&amp;ref=${references()[0]}`);
});
