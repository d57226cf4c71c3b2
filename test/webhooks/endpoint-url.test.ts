import { expect, it } from "vitest";
import { checkEndpointUrl } from "#webhooks/endpoint-url";

const DEPLOYED = {
  LOCAL_PLATFORM: undefined,
  PUBLIC_ORIGIN: "https://staging.chipin-app.com",
  API_ORIGIN: "https://api.chipin-app.com:8443",
};
const LOCAL = { LOCAL_PLATFORM: "1", PUBLIC_ORIGIN: "http://127.0.0.1:8787", API_ORIGIN: undefined } as const;

/** The accepted URL, or the reason of the refusal. */
function checked(url: string, settings: Parameters<typeof checkEndpointUrl>[1] = DEPLOYED): string {
  const check = checkEndpointUrl(url, settings);
  return check.ok ? check.url : check.reason;
}

const NOT_A_URL = "is not a URL";
const SPACES = "must not contain spaces or control characters";
const HTTPS = "must begin with https://";
const CREDENTIALS = "must not contain credentials";
const PORT = "must use port 443 or 8443";
const ADDRESS = "must name a host, not an IP address";
const IMPOSSIBLE = "must name a host that can exist";
const PRIVATE = "must name a host on the public internet";
const OWN = "must not be one of our own addresses";
const TOO_LONG = "must be at most 2048 characters";

it("an https URL of a public host is accepted in its parsed form", () => {
  const rows = [
    ["https://partner.com/hooks", "https://partner.com/hooks"],
    ["https://hooks.partner.co.za:443/a?b=c", "https://hooks.partner.co.za/a?b=c"],
    ["https://partner.com:8443/", "https://partner.com:8443/"],
    ["HTTPS://PARTNER.COM", "https://partner.com/"],
    ["https://münchen.de/hook", "https://xn--mnchen-3ya.de/hook"],
    ["https://partner.com/hook#part", "https://partner.com/hook"],
    ["https://testing.com/hook", "https://testing.com/hook"],
    ["https://notchipin.co.za/hook", "https://notchipin.co.za/hook"],
    ["https://1.2.3.4.example.com/", "https://1.2.3.4.example.com/"],
    [`https://${"a".repeat(63)}.example.com/`, `https://${"a".repeat(63)}.example.com/`],
  ];
  expect(rows.map(([url = ""]) => [url, checked(url)])).toEqual(rows);
});

it("a URL that must not be called is refused with its reason", () => {
  const rows = [
    ["", NOT_A_URL],
    ["partner.com/hooks", NOT_A_URL],
    ["https://", NOT_A_URL],
    ["https://exa_mple .com", SPACES],
    ["https://partner.com/\nhost: x", SPACES],
    ["https://partner.com/\r\nX-Header: 1", SPACES],
    ["https://partner.com/\u0000", SPACES],
    [" https://partner.com", SPACES],
    ["https://part\tner.com", SPACES],
    ["http://partner.com/hooks", HTTPS],
    ["ftp://partner.com/hooks", HTTPS],
    ["file:///etc/passwd", HTTPS],
    ["javascript:alert(1)", HTTPS],
    ["ws://partner.com", HTTPS],
    ["http://127.0.0.1:9000/", HTTPS],
    ["https://user:pass@partner.com/", CREDENTIALS],
    ["https://user@partner.com/", CREDENTIALS],
    ["https://:pass@partner.com/", CREDENTIALS],
    ["https://partner.com:pw@169.254.169.254/", CREDENTIALS],
    ["https://partner.com:22/", PORT],
    ["https://partner.com:8080/", PORT],
    ["https://partner.com:80/", PORT],
    ["https://127.0.0.1/", ADDRESS],
    ["https://169.254.169.254/latest/meta-data", ADDRESS],
    ["https://8.8.8.8/", ADDRESS],
    ["https://2130706433/", ADDRESS],
    ["https://0x7f000001/", ADDRESS],
    ["https://0177.0.0.1/", ADDRESS],
    ["https://127.1/", ADDRESS],
    ["https://127.0.0.1./", ADDRESS],
    ["https://１２７.０.０.１/", ADDRESS],
    ["https://10。0。0。1/", ADDRESS],
    ["https://[::1]/", ADDRESS],
    ["https://[::ffff:10.0.0.1]/", ADDRESS],
    ["https://[2606:4700::1111]:8443/", ADDRESS],
    [`https://${"a".repeat(64)}.example.com/`, IMPOSSIBLE],
    [`https://${"abc.".repeat(63)}example.com/`, IMPOSSIBLE],
    ["https://partner..com/", IMPOSSIBLE],
    ["https://localhost/", PRIVATE],
    ["https://LOCALHOST./", PRIVATE],
    ["https://api.localhost/", PRIVATE],
    ["https://shop/", PRIVATE],
    ["https://printer.localdomain/", PRIVATE],
    ["https://printer.local/", PRIVATE],
    ["https://metadata.google.internal./", PRIVATE],
    ["https://wiki.intranet/", PRIVATE],
    ["https://db.private/", PRIVATE],
    ["https://git.corp/", PRIVATE],
    ["https://nas.home/", PRIVATE],
    ["https://router.lan/", PRIVATE],
    ["https://nas.home.arpa/", PRIVATE],
    ["https://shop.test/", PRIVATE],
    ["https://shop.invalid/", PRIVATE],
    ["https://hidden.onion/", PRIVATE],
    ["https://chipin-app.com/api/webhooks/payfast", OWN],
    ["https://other.chipin-app.com./v1", OWN],
    ["https://CHIPIN-app.com./", OWN],
    ["https://staging.chipin-app.com./x", OWN],
    ["https://api.chipin-app.com/", OWN],
    [`https://partner.com/${"a".repeat(2_048)}`, TOO_LONG],
    [`https://partner.com/${"é".repeat(1_000)}`, TOO_LONG],
  ];
  expect(rows.map(([url = ""]) => [url, checked(url)])).toEqual(rows);
});

it("the local platform accepts also http and any port on loopback, and no other address", () => {
  const rows = [
    ["http://127.0.0.1:9911/hooks", "http://127.0.0.1:9911/hooks"],
    ["http://localhost:3000/", "http://localhost:3000/"],
    ["https://localhost/", "https://localhost/"],
    ["http://127.0.0.2/", HTTPS],
    ["http://10.0.0.1/", HTTPS],
    ["http://[::1]:3000/", HTTPS],
    ["http://partner.com/", HTTPS],
    ["ftp://localhost/", HTTPS],
    ["http://user@localhost/", CREDENTIALS],
  ];
  expect(rows.map(([url = ""]) => [url, checked(url, LOCAL)])).toEqual(rows);
});
