import { zoneFormat } from "#domain/time";

// Not en-ZA: it writes "06 December".
const receiptFormat = zoneFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const dayFormat = zoneFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });

/** What more than one page says. */
export const COMMON = {
  /** `Friday 18 December`, in South African time. */
  day: (at: Date) => dayFormat().format(at).replace(",", ""),
  /** `28 Nov 2026, 18:05`, in South African time. */
  instant: (at: Date) => receiptFormat().format(at),
  /** How long money that was sent back is on its way. (operate.md, refunds) */
  refundTime: "Cards take up to 10 working days, EFT 2 to 3.",
  createYourOwn: "Create your own dream board",
  backToBoardOf: (child: string) => `Back to ${child}’s board`,
  backToBoard: "Back to the board",
};
