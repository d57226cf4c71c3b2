import { receiptLines } from "#browser/shared/receipt-lines";
import type { ReceiptVerdict } from "#domain/signed-receipt";
import { Action, Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { controlOf, Field } from "../ui/form.tsx";
import { Page, renderPage } from "../ui/page.tsx";

type Props = Readonly<{ origin: string; typed?: string; verdict?: ReceiptVerdict }>;

/** A pasted receipt is checked by the script of the page, and without it by the server. */
export function renderReceiptsPage({ origin, typed = "", verdict }: Props): string {
  return renderPage(
    <Page
      origin={origin}
      title="Check a receipt"
      description="See whether a ChipIn receipt is genuine."
      path="/receipts"
      scripts={["receipts"]}
    >
      <Card kind="form">
        <header>
          <h1>Check a receipt</h1>
          <p class="lede">Were you shown a ChipIn receipt? Paste it here to see what we signed.</p>
        </header>
        <form method="post" action="/receipts" data-receipts>
          <Field name="receipt" label="Receipt" hint="The line that begins with CHIPIN1">
            <textarea
              {...controlOf("receipt", undefined, undefined)}
              rows={4}
              maxlength={500}
              spellcheck={false}
              autocapitalize="off"
              autocomplete="off"
              required
            >
              {typed}
            </textarea>
          </Field>
          <Action>
            <Button>Check it</Button>
          </Action>
        </form>
        <Result verdict={verdict} />
        <p class="hush">
          Nothing is stored. The check needs our public keys only, which are at{" "}
          <a href="/.well-known/chipin-receipts.json">
            {origin.replace(/^https?:\/\//, "")}/.well-known/chipin-receipts.json
          </a>
          .
        </p>
      </Card>
    </Page>,
  );
}

function Result({ verdict }: { verdict?: ReceiptVerdict | undefined }) {
  if (!verdict) return <div class="notice" data-result role="status" hidden />;
  const { isGenuine, title, rows, note } = receiptLines(verdict);
  return (
    <div class={isGenuine ? "notice" : "notice bad"} data-result role="status">
      <strong>{title}</strong>
      {rows.length > 0 && (
        <dl>
          {rows.map(([name, value]) => (
            <div>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      <p>{note}</p>
    </div>
  );
}
