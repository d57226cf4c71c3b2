import { describe, expect, it } from "vitest";
import { cents } from "#domain/money";
import { payfast } from "#payments/payfast/provider";
import type { ListedPayment, LookUpFinding, OpenPayment } from "#payments/provider";
import { everyRow } from "../support/every-row.ts";
import { NOW, REFERENCE, SETTINGS } from "./payfast-notices.ts";

const HEADER =
  "Date,Type,Sign,Party,Name,Description,Currency,Funding Type,Gross,Fee,Net,Balance,M Payment ID,PF Payment ID";
const ROW = `2026-03-01 13:29:55,FUNDS_RECEIVED,CREDIT,Thandi N,ChipIn gift contribution,,ZAR,CC,154.50,-6.48,148.02,"12,148.02",${REFERENCE},2577001`;
const DAYS = { from: "2026-03-01", to: "2026-03-01" };
const LISTED = {
  providerPaymentId: "2577001",
  reference: REFERENCE,
  amount: cents(15_450),
  at: new Date("2026-03-01T11:29:55Z"),
  wentBack: false,
};

/** An adapter whose history has these pages, in order. */
function connect(pages: readonly string[], now = NOW) {
  const queries: Record<string, string>[] = [];
  const logged: { event: string }[] = [];
  const fetch: typeof globalThis.fetch = async (input) => {
    const page = pages[queries.length] ?? expect.fail("requested one page too many");
    queries.push(Object.fromEntries(new URL(String(input)).searchParams));
    return new Response(page);
  };
  const provider = payfast(SETTINGS, { fetch, now: () => now, log: (entry) => logged.push(entry) });
  return { provider, queries, logged };
}

async function list(pages: readonly string[], days = DAYS) {
  const { provider, ...seen } = connect(pages);
  const listed: ListedPayment[] = [];
  for await (const payment of provider.listPayments?.(days) ?? expect.fail("no listing")) listed.push(payment);
  return { listed, ...seen };
}

async function lookUp(pages: readonly string[], payments: readonly OpenPayment[], now = NOW) {
  const { provider, ...seen } = connect(pages, now);
  const findings: LookUpFinding[] = [];
  for await (const finding of provider.lookUp?.(payments) ?? expect.fail("no look-up")) findings.push(finding);
  return { findings, ...seen };
}

function open(reference: string, openedAt: Date): OpenPayment {
  const urls = { returnUrl: "", cancelUrl: "", notifyUrl: "" };
  const attempt = { attempt: 1, attemptExpiresAt: openedAt, requestId: null };
  return { reference, amount: cents(15_450), slug: "", openedAt, ...urls, ...attempt };
}

const csv = (...rows: string[]) => `${[HEADER, ...rows].join("\n")}\n`;
const wrapped = (response: unknown) => JSON.stringify({ code: 200, status: "success", data: { response } });
/** The genuine row with changed cells, by their position in the header. */
const row = (changes: Record<string, string>) => {
  const cells = ROW.replace('"12,148.02"', "0.00").split(",");
  for (const [name, value] of Object.entries(changes)) cells[HEADER.split(",").indexOf(name)] = value;
  return cells.join(",");
};

it("PayFast's history is read in every form it is known to have", async () => {
  await everyRow(
    [
      ["as documented, with thousands in quotes", csv(ROW)],
      ["with a byte order mark", `\uFEFF${csv(ROW)}`],
      ["with blank lines before it", `\r\n \n${csv(ROW)}`],
      ["with CR LF", csv(ROW).replaceAll("\n", "\r\n")],
      ["without a line end at its end", csv(ROW).trimEnd()],
      ["with everything in quotes", csv(row({})).replace(/[^,\n]+/g, '"$&"')],
      ["inside JSON", wrapped(csv(ROW))],
      ["inside JSON, with a byte order mark and CR LF", wrapped(`\uFEFF${csv(ROW).replaceAll("\n", "\r\n")}`)],
      ["inside JSON behind blanks", `\n  ${wrapped(csv(ROW))}`],
      ["with names in another spelling", csv(ROW).replace("M Payment ID,PF Payment ID", "m_payment_id,PF_PAYMENT_ID")],
      [
        "with a batch id between",
        csv(ROW).replace("Funding Type,", "Funding Type,Batch ID,").replace("ZAR,CC,", "ZAR,CC,12,"),
      ],
      [
        "with custom fields behind",
        csv(ROW).replace("PF Payment ID", "PF Payment ID,Custom_Str1,Custom_Int1").replace("2577001", "2577001,a,1"),
      ],
      [
        "with its columns in another order",
        `PF Payment ID,Gross,Currency,Sign,Type,M Payment ID,Date\n2577001,154.50,ZAR,CREDIT,FUNDS_RECEIVED,${REFERENCE},2026-03-01 13:29:55\n`,
      ],
      ["with commas and quotes in a name", csv(row({ Party: '"Thandi ""T"", N"' }))],
      ["with bare quotes in a name", csv(row({ Party: 'Thandi "T" N' }))],
      ["with a line break in a description", csv(row({ Description: '"one\ntwo"' }))],
      ["with blanks around its cells", csv(row({ Gross: " 154.50 ", "PF Payment ID": " 2577001 " }))],
      ["with rand of another notation", csv(row({ Gross: "154.5" }))],
    ],
    async ([_, page]) => {
      const { listed, logged } = await list([page]);

      expect(listed).toEqual([LISTED]);
      expect(logged).toEqual([]);
    },
  );
});

it("a gross amount in PayFast's history is read to the cent, with and without grouping commas", async () => {
  await everyRow(
    [
      ["1154.50", 115_450],
      ['"1,154.50"', 115_450],
      ['"1,000,154.50"', 100_015_450],
      ["20", 2_000],
    ],
    async ([gross, amount]) => {
      expect((await list([csv(row({ Gross: gross }))])).listed).toEqual([{ ...LISTED, amount }]);
    },
  );
});

it("PayFast's history leaves out rows that are not about received rand", async () => {
  await everyRow(
    [
      ["a payout", { Type: "PAYOUT", Sign: "DEBIT" }],
      ["an unknown type", { Type: "FUNDS_RECEIVED_REVERSAL" }],
      ["a debit of received money", { Sign: "DEBIT" }],
      ["another currency", { Currency: "USD" }],
      ["a type in small letters", { Type: "funds_received" }],
    ],
    async ([_, changes]) => {
      const { listed, logged } = await list([csv(row(changes))]);

      expect(listed).toEqual([]);
      expect(logged).toEqual([]);
    },
  );
});

it("PayFast's history leaves out a row it cannot read, and logs the number of such rows", async () => {
  await everyRow(
    [
      ["an amount of none of our kinds", row({ Gross: "R154.50" })],
      ["an ambiguous comma", row({ Gross: '"154,50"' })],
      ["a negative amount", row({ Gross: "-154.50" })],
      ["no amount", row({ Gross: "" })],
      ["nothing", row({ Gross: "0.00" })],
      ["no id", row({ "PF Payment ID": "" })],
      ["an id of strange characters", row({ "PF Payment ID": "2577001;" })],
      ["a comma too many, which shifts its cells", row({ Name: "a,b" })],
      ["cells missing", ROW.split(",").slice(0, 9).join(",")],
    ],
    async ([_, broken]) => {
      const { listed, logged } = await list([csv(broken, ROW)]);

      expect(listed).toEqual([LISTED]);
      expect(logged).toEqual([{ event: "payfast_history_rows_unreadable", rows: 1 }]);
    },
  );
});

it("an empty PayFast history has no payments", async () => {
  await everyRow(
    [
      ["no text", ""],
      ["blanks", " \r\n"],
      ["its header", HEADER],
      ["no text inside JSON", wrapped("")],
    ],
    async ([_, page]) => {
      expect((await list([page])).listed).toEqual([]);
    },
  );
});

it("a PayFast history of another shape is refused as a whole", async () => {
  await everyRow(
    [
      ["without a column we need", csv(ROW).replace("M Payment ID", "Reference")],
      ["with its quotes left open", csv(`${ROW}\n"2026`)],
      ["inside JSON of another shape", wrapped(["Date"])],
    ],
    async ([_, page]) => {
      await expect(list([page])).rejects.toMatchObject({ trouble: "unavailable" });
    },
  );
});

it("PayFast's listing returns only payments of the requested South African days", async () => {
  const times = ["2026-02-28 23:59:59", "2026-03-01 00:00:00", "2026-03-02 23:59:59", "2026-03-03 00:00:00"];
  const rows = times.map((time, index) => row({ Date: time, "PF Payment ID": String(index) }));

  const { listed, queries } = await list([csv(...rows)], { from: "2026-03-01", to: "2026-03-02" });

  expect(queries).toMatchObject([{ from: "2026-03-01", to: "2026-03-02" }]);
  expect(listed.map(({ at }) => at.toISOString())).toEqual(["2026-02-28T22:00:00.000Z", "2026-03-02T21:59:59.000Z"]);
});

it("PayFast's listing returns money without a reference with a null reference", async () => {
  expect((await list([csv(row({ "M Payment ID": "" }))])).listed).toEqual([{ ...LISTED, reference: null }]);
});

it("PayFast's listing leaves out a payment with an unreadable date, and logs PayFast's id of it", async () => {
  await everyRow(["2026-03-01", "01/03/2026 13:29:55", "2026-13-41 13:29:55"], async (date) => {
    const { listed, logged } = await list([csv(row({ Date: date }), row({ "PF Payment ID": "2577002" }))]);

    expect(listed.map(({ providerPaymentId }) => providerPaymentId)).toEqual(["2577002"]);
    expect(logged).toEqual([{ event: "payfast_history_date_unreadable", provider_payment_id: "2577001" }]);
  });
});

describe("pages", () => {
  const rows = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => row({ "PF Payment ID": String(from + index) }));

  it("PayFast's history is read page by page until one is not full", async () => {
    const { listed, queries } = await list([
      csv(...rows(0, 1_000)),
      csv(...rows(1_000, 1_000)),
      csv(...rows(2_000, 1)),
    ]);

    expect(listed).toHaveLength(2_001);
    expect(queries.map(({ offset, limit }) => [offset, limit])).toEqual([
      ["0", "1000"],
      ["1000", "1000"],
      ["2000", "1000"],
    ]);
  });

  it("a page of PayFast's history full of other rows does not end the reading", async () => {
    const payouts = Array.from({ length: 999 }, () => row({ Type: "PAYOUT", Sign: "DEBIT" }));

    const { listed } = await list([csv(...payouts, row({ Gross: "?" })), csv(ROW)]);

    expect(listed).toEqual([LISTED]);
  });

  it("PayFast's history may end with a full page", async () => {
    expect((await list([csv(...rows(0, 1_000)), HEADER])).listed).toHaveLength(1_000);
  });

  it("a payment that moves to the next page while PayFast's history is read is listed once", async () => {
    const { listed } = await list([csv(...rows(0, 1_000)), csv(...rows(999, 2))]);

    expect(listed).toHaveLength(1_001);
  });

  it("PayFast's history is given up when a page repeats", async () => {
    const page = csv(...rows(0, 1_000));

    await expect(list([page, page])).rejects.toMatchObject({ trouble: "unavailable" });
  });
});

describe("look-up", () => {
  const OPENED = new Date("2026-03-01T09:00:00Z");

  it("PayFast's look-up reads one history for all payments and gives those that were paid first", async () => {
    const others = Array.from({ length: 50 }, (_, index) => open(`other${index}`, OPENED));

    const { findings, queries } = await lookUp([csv(ROW)], [...others, open(REFERENCE, OPENED)]);

    expect(queries).toHaveLength(1);
    expect(findings).toHaveLength(51);
    expect(findings[0]).toEqual({
      reference: REFERENCE,
      reports: [
        {
          provider: "payfast",
          reference: REFERENCE,
          status: "completed",
          amount: 15_450,
          providerPaymentId: "2577001",
          eventKey: "2577001:COMPLETE",
          providerStatus: "COMPLETE",
        },
      ],
      notes: [],
    });
    expect(findings[1]).toEqual({ reference: "other0", reports: [], notes: [] });
  });

  it("PayFast's look-up reports the amount that was paid, also when it differs from the requested one", async () => {
    const { findings } = await lookUp([csv(row({ Gross: "2.50" }))], [open(REFERENCE, OPENED)]);

    expect(findings).toMatchObject([{ reports: [{ status: "completed", amount: 250 }] }]);
  });

  it("PayFast's look-up needs no readable date", async () => {
    const { findings } = await lookUp([csv(row({ Date: "yesterday" }))], [open(REFERENCE, OPENED)]);

    expect(findings).toMatchObject([{ reports: [{ providerPaymentId: "2577001" }] }]);
  });

  it("PayFast's look-up covers the South African days from the oldest payment to now", async () => {
    await everyRow(
      [
        ["2026-02-27T21:59:59Z", "2026-03-01T21:59:59Z", "2026-02-27", "2026-03-01"],
        ["2026-02-27T22:00:00Z", "2026-03-01T22:00:00Z", "2026-02-28", "2026-03-02"],
        ["2026-02-28T22:00:00Z", "2026-02-28T22:30:00Z", "2026-03-01", "2026-03-01"],
        ["2025-12-31T22:00:00Z", "2025-12-31T23:59:59Z", "2026-01-01", "2026-01-01"],
      ],
      async ([begun, now, from, to]) => {
        const oldest = open(REFERENCE, new Date(begun));
        const payments = [open("newer", new Date(now)), oldest, open("newest", new Date(now))];

        const { queries } = await lookUp([HEADER], payments, new Date(now));

        expect(queries).toMatchObject([{ from, to }]);
      },
    );
  });
});
