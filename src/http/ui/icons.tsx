import type { Child } from "hono/jsx";
import type { PaymentWay } from "#domain/board/lifecycle";
import { Picture } from "./picture.tsx";

/** Drawings that live in the page itself, so they are there before any image is. All are decoration. */

export function WrappedGift() {
  return (
    <svg class="wrapped" viewBox="0 0 320 200" aria-hidden="true">
      <g class="a">
        <circle cx="58" cy="52" r="7" />
        <circle cx="262" cy="120" r="6" />
        <path d="M250 40l14 5-4 6-14-5zM40 128l13-7 3 6-13 7z" />
      </g>
      <g class="b">
        <circle cx="276" cy="76" r="5" />
        <circle cx="74" cy="92" r="5" />
        <path d="M92 32l6 13-6 3-6-13zM232 158l13 4-3 7-13-5z" />
      </g>
      <g transform="rotate(-3 160 110)">
        <path class="t1" d="M108 98h104v70q0 8-8 8h-88q-8 0-8-8z" />
        <rect class="t2" x="98" y="76" width="124" height="30" rx="7" />
        <path class="p" d="M149 76h22v100h-22z" />
        <path class="o" d="M160 76c-26-38-70-25-61 3 4 14 36 13 61-3zM160 76c26-38 70-25 61 3-4 14-36 13-61-3z" />
        <path class="l" d="M150 70c-17-17-37-15-37-3M170 70c17-17 37-15 37-3" />
        <circle class="d" cx="160" cy="75" r="11" />
      </g>
    </svg>
  );
}

/** A scalloped rosette with something round in the middle: a photo, an initial or a sign. */
export function Rosette({
  photo,
  name,
  sign,
}: {
  photo?: string | null;
  name?: string;
  sign?: "heart" | "tick" | "cross" | "wait";
}) {
  return (
    <div class="rosette">
      <svg viewBox="0 0 176 176" aria-hidden="true">
        <circle class="scallop" cx="88" cy="88" r="72" />
        <circle class="inner" cx="88" cy="88" r="67" />
        {sign === "heart" && <path class="love" d="M88 130C30 92 56 48 88 74c32-26 58 18 0 56z" />}
        {sign === "tick" && <path class="sign" d="M58 92l22 22 40-48" />}
        {sign === "cross" && <path class="sign" d="M66 66l44 44M110 66l-44 44" />}
        {sign === "wait" && <path class="sign" d="M88 54v36l22 14" />}
        {!sign && !photo && (
          <text x="88" y="112">
            {initialOf(name ?? "")}
          </text>
        )}
      </svg>
      {!sign && photo && <Picture src={photo} alt={name ?? ""} width={128} height={128} sizes="128px" />}
    </div>
  );
}

function initialOf(name: string): string {
  return ([...name.trim()][0] ?? "").toLocaleUpperCase("en-ZA");
}

export function Heart() {
  return (
    <svg class="heart" viewBox="0 0 24 22" aria-hidden="true">
      <path d="M12 21C-6 9 3-4 12 4c9-8 18 5 0 17z" />
    </svg>
  );
}

export function WhatsAppSign() {
  return (
    <svg class="wa" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M12 2a10 10 0 00-8.6 15L2 22l5.2-1.4A10 10 0 1012 2zm-3.4 5c.3 0 .6 0 .8.5l.7 1.8c.1.3 0 .5-.2.8l-.6.7c.7 1.4 1.7 2.4 3.3 3.2l.8-.9c.2-.3.5-.3.8-.2l1.8.9c.3.2.5.3.4.7-.1 1.3-1.2 2-2.3 2-3.1 0-7.3-3.7-7.3-7 0-1.4 1-2.5 1.8-2.5z" />
    </svg>
  );
}

/** A way to pay as a drawing of our own: a card, money from account to account, a code. The companies' marks are theirs. */
export function WaySign({ way }: { way: PaymentWay }) {
  return (
    <svg class="way" viewBox="0 0 40 28" aria-hidden="true">
      {WAY_DRAWINGS[way]}
    </svg>
  );
}

const CARD = (
  <>
    <rect x="2" y="2" width="36" height="24" rx="4" />
    <path d="M2 10h36M7 19h9M28 19h5" />
  </>
);
const WAY_DRAWINGS: Record<PaymentWay, Child> = {
  payfast: CARD,
  sandbox: CARD,
  ozow: <path d="M4 11L14 4l10 7zM6 11v9M11 11v9M17 11v9M22 11v9M3 24h22M29 10l6 6-6 6M35 16h-7" />,
  snapscan: (
    <>
      <rect x="8" y="2" width="9" height="9" rx="1" />
      <rect x="23" y="2" width="9" height="9" rx="1" />
      <rect x="8" y="17" width="9" height="9" rx="1" />
      <path d="M23 17h4v4M32 17v3M23 26h3M30 24v2h2" />
    </>
  ),
};

export function Lock() {
  return (
    <svg class="lock" viewBox="0 0 16 20" aria-hidden="true">
      <path d="M4 8V6a4 4 0 018 0v2h1q1 0 1 1v8q0 1-1 1H3q-1 0-1-1V9q0-1 1-1zM6 8h4V6a2 2 0 00-4 0z" />
    </svg>
  );
}
