import { isIP } from "node:net";

/** An IPv4 or IPv6 address as Postgres's `inet` takes it; null for anything else, zones (`fe80::1%eth0`) included. */
export function parseIpAddress(text: string | null | undefined): string | null {
  return text && isIP(text) !== 0 && !text.includes("%") ? text : null;
}
