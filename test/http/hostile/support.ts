import { createHash } from "node:crypto";
import { connect } from "node:net";
import { expect } from "vitest";
import type { BoardInspection } from "#platform/objects";
import type { Api, WireBoard } from "../../support/api.ts";
import { eventually } from "../../support/eventually.ts";

/** The code that names the board's object. */
export const codeOf = ({ slug }: Pick<WireBoard, "slug">) => slug.slice(-10);

/** Waits until all events of the board are in Postgres. An event that Postgres refuses fails the test. */
export async function waitForProjection(api: Api, board: Pick<WireBoard, "slug">): Promise<BoardInspection> {
  return await eventually(async () => {
    const inspection = await api.platform.inspectBoard(codeOf(board));
    expect(inspection.poisonedSeq).toBeNull();
    expect(inspection.projectedSeq).toBe(inspection.headSeq);
    return inspection;
  });
}

/** The ends of the boards' logs and their pots. A hostile request must not change them. */
export async function boardStates(api: Api, ...boards: readonly Pick<WireBoard, "slug">[]) {
  const inspections = await Promise.all(boards.map((board) => api.platform.inspectBoard(codeOf(board))));
  return inspections.map(({ headSeq, headHash, pot }) => ({ headSeq, headHash, pot }));
}

/** Posts fields to the guest form. `submission` is new unless given. */
export async function postForm(api: Api, slug: string, fields: Record<string, string>, headers?: HeadersInit) {
  const body = new URLSearchParams({ amount: "200", provider: "payfast", submission: crypto.randomUUID(), ...fields });
  const answer = await api.request(`/${slug}/contribute`, { method: "POST", body, ...(headers && { headers }) });
  const page = await answer.text();
  return { status: answer.status, page, charge: hidden(page, "amount"), reference: hidden(page, "m_payment_id") };
}

function hidden(page: string, name: string): string | undefined {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1];
}

/** Sends raw bytes and returns the whole answer, for requests that `fetch` cannot send. */
export async function sendRaw(api: Api, request: Buffer | string): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(api.origin);
  const text = await new Promise<string>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(request));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    socket.on("error", reject);
  });
  return { status: Number(text.split(" ")[1]), text };
}

type NoticeFields = Record<string, string>;

/** A notification signed as PayFast signs it, with wrong `fields` or a wrong `passphrase` if given. */
export function signedNotice(
  api: Api,
  fields: NoticeFields,
  passphrase = api.platform.secrets.payfastPassphrase,
): string {
  const all = {
    m_payment_id: "",
    pf_payment_id: "1089250",
    payment_status: "COMPLETE",
    item_name: "Gift",
    amount_gross: "",
    merchant_id: api.platform.secrets.payfastMerchantId,
    ...fields,
  };
  const pairs = Object.entries(all)
    .map(([name, value]) => `${name}=${phpUrlencode(value)}`)
    .join("&");
  const signed = passphrase ? `${pairs}&passphrase=${phpUrlencode(passphrase)}` : pairs;
  return `${pairs}&signature=${createHash("md5").update(signed).digest("hex")}`;
}

function phpUrlencode(text: string): string {
  return [...Buffer.from(text, "utf8")]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (character === " ") return "+";
      return /[\w.-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

export async function postCallback(api: Api, body: string | Uint8Array, provider = "payfast"): Promise<number> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await api.request(`/api/webhooks/${provider}`, { method: "POST", headers, body: body as BodyInit });
  await answer.arrayBuffer();
  return answer.status;
}
