import { isIP } from "node:net";

/** An IPv4 or IPv6 address that Postgres's `inet` accepts, else null. A zone (`fe80::1%eth0`) is not accepted. */
export function parseIpAddress(text: string | null | undefined): string | null {
  return text && isIP(text) !== 0 && !text.includes("%") ? text : null;
}
