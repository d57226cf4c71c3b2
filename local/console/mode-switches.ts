import { MAILBOX_MODES } from "../mailbox.ts";
import { RECEIVER_MODES } from "../receiver.ts";
import { API_MODES } from "../simulators/api-switch.ts";
import { COUNTERPARTY_MODES, type CounterpartyMode } from "../simulators/counterparty.ts";
import { REFUND_MODES } from "../simulators/ozow-refunds.ts";
import { VALIDATE_MODES } from "../simulators/payfast.ts";
import { REFUND_METHODS } from "../simulators/payfast-account.ts";
import { COUNTERPARTIES } from "../simulators/payout-books.ts";
import type { ConsoleParts } from "./parts.ts";

const COUNTERPARTY_LABELS = {
  takealot: "Takealot’s gift cards",
  karri: "Karri’s top-ups and cards",
  givengain: "Donations at GivenGain",
} as const;

export type ModeSwitch = {
  /** in `POST /modes/{what}` */
  what: string;
  label: string;
  modes: readonly string[];
  current: string;
  /** @returns whether there is such a mode */
  use(mode: string): boolean;
};

/** The modes of every simulator, in the order of the console. */
export function modeSwitches({ receiver, mailbox, simulators, counterparties }: ConsoleParts): ModeSwitch[] {
  const { payfast, ozow, snapscan } = simulators;
  const { account } = payfast;
  return [
    modeSwitch("receiver", "Receiver answers", RECEIVER_MODES, receiver.mode, (mode) => (receiver.mode = mode)),
    modeSwitch("mailbox", "Mail service", MAILBOX_MODES, mailbox.mode, (mode) => (mailbox.mode = mode)),
    modeSwitch("payfast", "PayFast’s confirmation", VALIDATE_MODES, payfast.validateMode, (mode) => {
      payfast.validateMode = mode;
    }),
    modeSwitch("payfast-api", "PayFast’s API", API_MODES, payfast.api.mode, (mode) => (payfast.api.mode = mode)),
    modeSwitch("payfast-refunds", "PayFast refunds to", REFUND_METHODS, account.refundMethod, (mode) => {
      account.refundMethod = mode;
    }),
    modeSwitch("ozow", "Ozow’s API", API_MODES, ozow.api.mode, (mode) => (ozow.api.mode = mode)),
    modeSwitch(
      "ozow-refunds",
      "Refunds at Ozow",
      REFUND_MODES,
      ozow.refunds.mode,
      (mode) => (ozow.refunds.mode = mode),
    ),
    modeSwitch("snapscan", "SnapScan’s API", API_MODES, snapscan.api.mode, (mode) => (snapscan.api.mode = mode)),
    ...COUNTERPARTIES.map((name) => {
      const counterparty = counterparties[name];
      const apply = (mode: CounterpartyMode) => (counterparty.mode = mode);
      return modeSwitch(name, COUNTERPARTY_LABELS[name], COUNTERPARTY_MODES, counterparty.mode, apply);
    }),
  ];
}

function modeSwitch<Mode extends string>(
  what: string,
  label: string,
  modes: readonly Mode[],
  current: Mode,
  apply: (mode: Mode) => void,
): ModeSwitch {
  const use = (asked: string) => {
    const known = modes.find((mode) => mode === asked);
    if (known) apply(known);
    return known !== undefined;
  };
  return { what, label, modes, current, use };
}
