import { percentLine, wayLine } from "#browser/shared/live-view";
import type { PublicView } from "#domain/board/public-view";
import type { Words } from "./words/words.ts";

const MILESTONES = [25, 50, 75] as const;
const STAR = "M0-9l2.7 5.7 6.3.8-4.6 4.3 1.2 6.2L0 5l-5.6 3 1.2-6.2L-9-2.5l6.3-.8z";

/** How far along the gift is. An SVG draws it, because no inline style may: it is right without scripts too. */
export function Progress({ view, words: { board, live } }: { view: PublicView; words: Words }) {
  const { progress } = board;
  const { percent } = view;
  // A board that ended without anything tells no guest how little that is.
  if (percent === null || (view.phase !== "open" && view.contributionCount === 0)) return null;
  const isFirst = percent === 0 && view.contributionCount === 0;
  return (
    <section class="progress" aria-label={progress.label}>
      <p class="percent">
        {view.fullyFunded ? (
          <strong>{progress.funded}</strong>
        ) : (
          <>
            <strong data-live-text="percent" class={isFirst ? "first" : undefined}>
              {isFirst ? progress.first : percentLine(live, percent)}
            </strong>{" "}
            <span data-live-text="way">{wayLine(live, view)}</span>
          </>
        )}
      </p>
      <div
        class="track"
        role="progressbar"
        aria-label={progress.bar}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={percentLine(live, percent)}
      >
        <svg width="100%" height="28" aria-hidden="true">
          <defs>
            <pattern id="candy" width="18" height="18" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect class="c1" width="18" height="18" />
              <rect class="c2" width="8" height="18" />
            </pattern>
          </defs>
          <rect class="rail" width="100%" height="28" rx="14" />
          <rect class="fill" width={`${percent}%`} height="28" rx="14" fill="url(#candy)" />
          {MILESTONES.map((at) => (
            <svg
              x={`${at}%`}
              y="14"
              overflow="visible"
              aria-hidden="true"
              class={percent >= at ? "star on" : "star"}
              data-at={at}
            >
              <path d={STAR} />
            </svg>
          ))}
        </svg>
        <SmallGift />
      </div>
    </section>
  );
}

/** The little present at the end of the progress bar. */
function SmallGift() {
  return (
    <svg class="goal" viewBox="0 0 48 52" aria-hidden="true">
      <path class="t1" d="M6 26h36v20q0 4-4 4H10q-4 0-4-4z" />
      <rect class="t2" x="2" y="17" width="44" height="12" rx="3" />
      <path class="p" d="M20 17h8v33h-8z" />
      <path class="o" d="M24 17C14 2-2 7 2 15c2 5 14 7 22 2zM24 17C34 2 50 7 46 15c-2 5-14 7-22 2z" />
      <circle class="d" cx="24" cy="16" r="4.5" />
    </svg>
  );
}
