import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { ozow } from "#payments/ozow/provider";
import type { OpenPayment } from "#payments/provider";
import { everyRow } from "../support/every-row.ts";
import {
  CLIENT_SECRET,
  collect,
  depsOf,
  failure,
  json,
  ozowFarSide,
  PAYMENT,
  REFERENCE,
  SETTINGS,
  SITE,
} from "./ozow-callbacks.ts";

function connect() {
  const far = ozowFarSide();
  const { deps, clock } = depsOf(far.fetch);
  const provider = ozow(SETTINGS, deps);
  const open = (changes: Partial<OpenPayment> = {}): OpenPayment => ({
    ...PAYMENT,
    requestId: far.openPayment(changes.reference).id,
    ...changes,
  });
  const lookUp = (...payments: OpenPayment[]) => collect(provider.lookUp?.(payments));
  const reports = async (payment = open()) => {
    const [finding] = await lookUp(payment);
    return finding && "reports" in finding ? finding.reports : expect.fail(JSON.stringify(finding));
  };
  return { far, clock, open, lookUp, reports, provider };
}

it("Ozow's look-up requests the transactions from a day before the opening to a day from now", async () => {
  const { far, open, lookUp } = connect();
  const payment = open();
  const { id } = far.pay();

  expect(await lookUp(payment)).toEqual([
    {
      reference: REFERENCE,
      reports: [
        {
          provider: "ozow",
          reference: REFERENCE,
          status: "completed",
          amount: cents(25_750),
          providerPaymentId: id,
          eventKey: `${id}:successful`,
          providerStatus: "Successful",
        },
      ],
      notes: [],
    },
  ]);
  const asked = new URL(far.requests.at(-1)?.url ?? "");
  expect(asked.pathname).toBe(`/v1/payments/${payment.requestId}/transactions`);
  expect(Object.fromEntries(asked.searchParams)).toEqual({
    fromDate: "2026-02-28T09:00:00Z",
    toDate: "2026-03-02T10:00:00Z",
    limit: "50",
    offset: "0",
  });
});

it("Ozow's look-up reports all paid transactions, else the newest open one, else the newest failed one", async () => {
  await everyRow(
    [
      [["Error", "Pending"], ["processing:Pending"]],
      [["Pending", "Error"], ["processing:Pending"]],
      [["Error", "Incomplete", "Error"], ["processing:Incomplete"]],
      [["Error", "complete"], ["processing:complete"]],
      [["Error", "Cancelled"], ["failed:Cancelled"]],
      [["Error"], ["failed:Error"]],
      [["Error", "Successful", "Pending"], ["completed:Successful"]],
      [
        ["Successful", "Error", "Successful"],
        ["completed:Successful", "completed:Successful"],
      ],
      [["Refunded", "Pending"], ["refunded:Refunded"]],
      [
        ["Refunded", "Successful"],
        ["refunded:Refunded", "completed:Successful"],
      ],
      [["unsuccessful"], ["processing:unsuccessful"]],
    ],
    async ([statuses, told]) => {
      const { far, reports } = connect();
      for (const [index, status] of statuses.entries()) {
        far.pay({ status, createdDate: `2026-03-01T09:0${index}:00Z` });
      }

      expect((await reports()).map(({ status, providerStatus }) => `${status}:${providerStatus}`)).toEqual(told);
    },
  );
});

it("Ozow's look-up reports a success without an amount as processing, with a note", async () => {
  const { far, open, lookUp } = connect();
  far.pay({ amount: undefined });

  expect(await lookUp(open())).toMatchObject([
    { reports: [{ status: "processing", amount: null }], notes: [expect.stringContaining("review")] },
  ]);
});

it("Ozow's look-up ignores a transaction of another payment, with a note", async () => {
  await everyRow(
    [
      ["another reference", { merchantReference: "otherboard0000000001" }],
      ["no reference", { merchantReference: null }],
      ["another site", { siteCode: "OTH-OTH-001" }],
      ["another currency", { amount: { currency: "USD", value: 257.5 } }],
    ],
    async ([_, changes]) => {
      const { far, open, lookUp } = connect();
      const payment = open();
      const paymentId = payment.requestId ?? "";
      far.transactions.push({ ...far.pay(changes), paymentId });
      far.transactions.splice(0, 1);

      expect(await lookUp(payment)).toEqual([
        { reference: REFERENCE, reports: [], notes: [expect.stringContaining("not this payment's")] },
      ]);
    },
  );
});

it("Ozow's look-up queries one payment after another", async () => {
  const { far, open, lookUp } = connect();
  let underWay = 0;
  far.rule = async () => {
    expect(++underWay).toBe(1);
    await Promise.resolve();
    underWay -= 1;
    return null;
  };

  expect(await lookUp(open(), open({ reference: "another-0000000001" }))).toHaveLength(2);
});

it("an Ozow payment that expired without a transaction has failed", async () => {
  await everyRow(["Expired", "expired", "EXPIRED"], async (status) => {
    const { far, open, lookUp } = connect();
    const payment = open();
    far.openPayment().status = status;

    expect(await lookUp(payment)).toEqual([
      {
        reference: REFERENCE,
        reports: [
          {
            provider: "ozow",
            reference: REFERENCE,
            status: "failed",
            amount: null,
            providerPaymentId: payment.requestId,
            providerStatus: status,
            eventKey: `${payment.requestId}:expired`,
          },
        ],
        notes: [],
      },
    ]);
  });
});

it("an Ozow payment in any other status than expired stays open", async () => {
  await everyRow(["Created", "Open", "Complete", "NotExpired"], async (status) => {
    const { far, open, lookUp } = connect();
    far.openPayment().status = status;

    expect(await lookUp(open())).toEqual([{ reference: REFERENCE, reports: [], notes: [] }]);
  });
});

it("an expired Ozow payment with a pending transaction stays open", async () => {
  const { far, reports } = connect();
  far.openPayment().status = "Expired";
  far.pay({ status: "Pending" });

  expect(await reports()).toMatchObject([{ status: "processing" }]);
});

it("an Ozow payment that Ozow does not know stays open, with a note", async () => {
  const { open, lookUp } = connect();

  expect(await lookUp(open({ requestId: "unknown" }))).toMatchObject([{ reports: [], notes: [expect.any(String)] }]);
});

it("an Ozow payment whose transactions are answered 404 stays open", async () => {
  const { far, open, lookUp } = connect();
  far.rule = (_, pathname) => (pathname.endsWith("/transactions") ? failure(404) : null);

  expect(await lookUp(open())).toEqual([{ reference: REFERENCE, reports: [], notes: [] }]);
});

it("a payment id that is not an Ozow id is never sent to Ozow", async () => {
  const { far, open, lookUp } = connect();

  expect(await lookUp(open({ requestId: "../transactions" }))).toMatchObject([{ reports: [] }]);
  expect(far.requests).toEqual([]);
});

it("an Ozow payment without a known id is created again by an identical request, and then looked up", async () => {
  const { far, lookUp, provider } = connect();
  await provider.start(PAYMENT);
  far.pay();

  expect(await lookUp(PAYMENT)).toMatchObject([{ reports: [{ status: "completed" }], notes: [] }]);
  expect(far.payments).toHaveLength(1);
  const creations = far.requests.filter(({ url }) => url.endsWith("/payments"));
  const bodies = await Promise.all(creations.map((request) => request.text()));
  expect(bodies).toHaveLength(2);
  expect(bodies[0]).toBe(bodies[1]);
});

it("an Ozow payment that cannot be created again is searched among the transactions of the site", async () => {
  await everyRow([400, 404, 409, 422], async (status) => {
    const { far, lookUp } = connect();
    for (let index = 0; index < 120; index++) far.pay({ merchantReference: `other-${index}` });
    const { id } = far.pay();
    for (let index = 0; index < 60; index++) far.pay({ merchantReference: `later-${index}` });
    far.rule = (_, pathname) => (pathname === "/payments" ? failure(status) : null);

    expect(await lookUp(PAYMENT)).toMatchObject([
      { reports: [{ providerPaymentId: id, status: "completed" }], notes: [expect.stringContaining(String(status))] },
    ]);
    const lists = far.requests.map(({ url }) => new URL(url)).filter(({ pathname }) => pathname === "/v1/transactions");
    expect(lists.map(({ searchParams }) => searchParams.get("offset")).slice(0, 3)).toEqual(["0", "50", "100"]);
    expect(new Set(lists.map(({ searchParams }) => searchParams.get("siteCode")))).toEqual(new Set([SITE]));
  });
});

it("an Ozow payment that is not among the transactions of the site stays open", async () => {
  const { far, lookUp } = connect();
  far.rule = (_, pathname) => (pathname === "/payments" ? failure(409) : null);

  expect(await lookUp(PAYMENT)).toMatchObject([{ reports: [] }]);
});

it("an Ozow payment whose repeated creation fails is reported as a problem", async () => {
  const { far, lookUp } = connect();
  far.rule = (_, pathname) => (pathname === "/payments" ? failure(500) : null);

  expect(await lookUp(PAYMENT)).toMatchObject([{ problem: expect.stringContaining("500") }]);
  expect(far.asked()).not.toContain("GET /transactions");
});

it("every documented shape of Ozow's transaction list is read", async () => {
  await everyRow(
    [
      ["results", (rows: unknown[]) => ({ results: rows, total: rows.length })],
      ["transactions", (rows: unknown[]) => ({ transactions: rows })],
      ["data", (rows: unknown[]) => ({ data: rows })],
      ["a bare array", (rows: unknown[]) => rows],
    ],
    async ([_, envelope]) => {
      const { far, reports, lookUp, open } = connect();
      far.envelope = envelope;

      expect(await lookUp(open())).toEqual([{ reference: REFERENCE, reports: [], notes: [] }]);
      far.pay();
      expect(await reports()).toHaveLength(1);
    },
  );
});

it("an Ozow list of another shape, or with an unreadable row, is a problem and never an empty list", async () => {
  await everyRow(
    [
      ["another name", (rows: unknown[]) => ({ items: rows })],
      ["an empty object", () => ({})],
      ["null", () => null],
      ["a text", () => "none"],
      ["an object in place of the list", (rows: unknown[]) => ({ results: { 0: rows[0] } })],
      ["rows that are no transactions", () => ({ results: [{ id: "x" }] })],
      ["one row that is none", (rows: unknown[]) => [...rows, null]],
    ],
    async ([_, envelope]) => {
      const { far, open, lookUp } = connect();
      far.pay();
      far.openPayment().status = "Expired";
      far.envelope = envelope;

      expect(await lookUp(open())).toEqual([{ reference: REFERENCE, problem: expect.any(String) }]);
    },
  );
});

describe("list pages", () => {
  const failures = (far: ReturnType<typeof ozowFarSide>, count: number) => {
    for (let index = 0; index < count; index++) far.pay({ status: "Error" });
  };

  it("a successful transaction is found on any page of Ozow's list", async () => {
    await everyRow([1, 9, 10, 49, 50, 51, 100, 101, 260], async (place) => {
      const { far, reports } = connect();
      failures(far, place - 1);
      const { id } = far.pay();

      expect(await reports()).toMatchObject([{ providerPaymentId: id, status: "completed" }]);
    });
  });

  it("Ozow's list is read to the end when the server sends shorter pages than requested", async () => {
    const { far, reports } = connect();
    failures(far, 45);
    const { id } = far.pay();
    far.rule = (request, pathname) => {
      const url = new URL(request.url);
      if (!pathname.endsWith("/transactions") || url.searchParams.get("limit") === "20") return null;
      url.searchParams.set("limit", "20");
      return far.fetch(new Request(url, request));
    };

    expect(await reports()).toMatchObject([{ providerPaymentId: id }]);
  });

  it("a server that ignores the offset is accepted for a short list and refused for a full page", async () => {
    await everyRow(
      [
        [30, "all of it is there", { reports: [{ status: "completed" }] }],
        [50, "there may be more", { problem: expect.stringContaining("same page") }],
      ],
      async ([count, _, finding]) => {
        const { far, open, lookUp } = connect();
        failures(far, count - 1);
        far.pay();
        far.rule = (request, pathname) => {
          const url = new URL(request.url);
          if (!pathname.endsWith("/transactions") || url.searchParams.get("offset") === "0") return null;
          url.searchParams.set("offset", "0");
          return far.fetch(new Request(url, request));
        };

        expect(await lookUp(open())).toMatchObject([finding]);
      },
    );
  });

  it("a transaction that moves to the next page while Ozow's list is read is reported once", async () => {
    const { far, reports } = connect();
    failures(far, 49);
    const { id } = far.pay();
    failures(far, 20);
    far.rule = (request, pathname) => {
      const isNext = new URL(request.url).searchParams.get("offset") === "50";
      if (isNext && pathname.endsWith("/transactions")) {
        far.rule = () => null;
        far.transactions.unshift({ ...far.pay({ status: "Error" }), paymentId: far.openPayment().id });
        far.transactions.pop();
      }
      return null;
    };

    expect(await reports()).toMatchObject([{ providerPaymentId: id }]);
  });

  it("Ozow's list is given up after a limited number of pages", async () => {
    const { far, open, lookUp } = connect();
    let rows = 0;
    far.rule = (_, pathname) =>
      pathname.endsWith("/transactions")
        ? json(Array.from({ length: 50 }, () => ({ id: `t-${++rows}`, status: "Error" })))
        : null;

    expect(await lookUp(open())).toMatchObject([{ problem: expect.stringContaining("pages") }]);
  });
});

describe("look-up failures", () => {
  const three = (open: (changes: Partial<OpenPayment>) => OpenPayment) =>
    ["first-000000000001", "second-00000000001", "third-000000000001"].map((reference) => open({ reference }));

  it("a failure of one look-up at Ozow does not affect the other look-ups of the run", async () => {
    await everyRow(
      [
        ["500", () => failure(500)],
        ["400", () => failure(400)],
        ["a page", () => new Response("<html>")],
        [
          "no answer",
          () => {
            throw new DOMException("The operation timed out", "TimeoutError");
          },
        ],
      ],
      async ([_, answer]) => {
        const { far, open, lookUp } = connect();
        const payments = three(open);
        for (const { reference } of payments) far.pay({ merchantReference: reference });
        far.rule = (__, pathname) => (pathname.includes(payments[1]?.requestId ?? "-") ? answer() : null);

        const findings = await lookUp(...payments);

        expect(findings).toMatchObject([
          { reports: [{ status: "completed" }] },
          { reference: "second-00000000001", problem: expect.stringMatching(/^Ozow GET /) },
          { reports: [{ status: "completed" }] },
        ]);
        expect(JSON.stringify(findings)).not.toMatch(new RegExp(`${CLIENT_SECRET}|token-|says who`));
      },
    );
  });

  it("Ozow's refusal of our credentials or rate ends the look-up run", async () => {
    await everyRow(
      [
        [401, "refuses_us"],
        [403, "refuses_us"],
        [429, "busy"],
      ],
      async ([status, trouble]) => {
        const { far, open, lookUp } = connect();
        const payments = three(open);
        far.rule = (_, pathname) => (pathname.includes(payments[1]?.requestId ?? "-") ? failure(status) : null);

        await expect(lookUp(...payments)).rejects.toMatchObject({ name: "ProviderError", trouble });
        expect(far.asked().some((asked) => asked.includes(payments[2]?.requestId ?? "-"))).toBe(false);
      },
    );
  });
});
