import { Card } from "../ui/card.tsx";
import { Page, renderPage } from "../ui/page.tsx";
import type { Block, PlainPage, Text } from "./texts.ts";

export function renderPlainPage({ path, title, lede, sections }: PlainPage, origin: string): string {
  return renderPage(
    <Page origin={origin} title={title} description={lede} path={path} findable>
      <Card kind="words">
        <header>
          <h1>{title}</h1>
          <p class="lede">{lede}</p>
        </header>
        {sections.map(({ heading, blocks }) => (
          <section>
            <h2>{heading}</h2>
            {blocks.map((block) => (
              <BlockOf block={block} />
            ))}
          </section>
        ))}
      </Card>
    </Page>,
  );
}

function BlockOf({ block }: { block: Block }) {
  switch (block.kind) {
    case "text":
      return (
        <p>
          <Words of={block.text} />
        </p>
      );
    case "list":
      return (
        <ul>
          {block.items.map((item) => (
            <li>
              <Words of={item} />
            </li>
          ))}
        </ul>
      );
    case "facts":
      return (
        <dl>
          {block.rows.map(([name, value]) => (
            <div>
              <dt>
                <Words of={name} />
              </dt>
              <dd>
                <Words of={value} />
              </dd>
            </div>
          ))}
        </dl>
      );
    default:
      return block satisfies never;
  }
}

function Words({ of }: { of: Text }) {
  return (
    <>
      {of.map((part) => {
        if (typeof part === "string") return part;
        return "href" in part ? <a href={part.href}>{part.words}</a> : <mark>[To be filled in: {part.toFillIn}]</mark>;
      })}
    </>
  );
}
