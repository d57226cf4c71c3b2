import type { Settings } from "#platform/settings";
import { HOST_STYLE_HASH, STYLE_HASH } from "./asset-manifest.ts";
import { FRAME } from "./frame-words.ts";

/**
 * For a year, and for every name below this host: neither a page nor a key may be read on its way to any of them, so no
 * subdomain of ours may need http. No `preload`, which could not be taken back within months. (ASVS 3.4.1)
 */
export const HSTS = "max-age=31536000; includeSubDomains";

export type AllowedElsewhere = Readonly<{
  /** Origins our forms may lead to: Chromium holds a redirect after a POST to the same rule. */
  forms: readonly string[];
  /** The origin of the challenge, on the one page that shows it: its script and the frame it opens. */
  challenge?: string;
  /** Whether the page has the hosts' style (`Page`). */
  hostStyle?: boolean;
}>;

/** The security headers of a page. They do not depend on the request, so a caller computes them once. */
export function pageSecurityHeaders(
  settings: Pick<Settings, "PUBLIC_ORIGIN">,
  { forms, challenge, hostStyle = false }: AllowedElsewhere,
): Readonly<Record<string, string>> {
  // Older Safari does not count a WebSocket to our own host as 'self'.
  const sockets = settings.PUBLIC_ORIGIN.replace(/^http/, "ws");
  const policy = [
    "default-src 'none'",
    ["script-src 'self'", challenge].filter(Boolean).join(" "),
    `style-src '${STYLE_HASH}'${hostStyle ? ` '${HOST_STYLE_HASH}'` : ""}`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ${sockets}`,
    ["form-action 'self'", ...new Set(forms)].join(" "),
    ...(challenge ? [`frame-src ${challenge}`] : []),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return {
    "Content-Security-Policy": policy,
    ...(settings.PUBLIC_ORIGIN.startsWith("https:") && { "Strict-Transport-Security": HSTS }),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
  };
}

/** All headers of an HTML page but those that say who may keep it. (../caching.ts) */
export function htmlHeaders(
  settings: Pick<Settings, "PUBLIC_ORIGIN">,
  allowed: AllowedElsewhere,
  locale = FRAME.locale,
): Headers {
  return new Headers({
    ...pageSecurityHeaders(settings, allowed),
    "Content-Type": "text/html; charset=utf-8",
    "Content-Language": locale,
  });
}
