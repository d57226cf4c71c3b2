import { describe, expect, it } from "vitest";
import { checkEndpointUrl } from "#webhooks/endpoint-url";

const strict = {
  allowLoopback: false,
  ownOrigins: ["https://staging.chipin-app.com", "https://api.chipin-app.com:8443"],
};

describe("checkEndpointUrl", () => {
  it.each([
    { url: "https://partner.com/hooks", parsed: "https://partner.com/hooks" },
    { url: "https://hooks.partner.co.za:443/a?b=c", parsed: "https://hooks.partner.co.za/a?b=c" },
    { url: "https://partner.com:8443/", parsed: "https://partner.com:8443/" },
    { url: "HTTPS://PARTNER.COM", parsed: "https://partner.com/" },
    { url: "https://münchen.de/hook", parsed: "https://xn--mnchen-3ya.de/hook" },
    { url: "https://partner.com/hook#part", parsed: "https://partner.com/hook" },
    { url: "https://testing.com/hook", parsed: "https://testing.com/hook" },
    { url: "https://notchipin.co.za/hook", parsed: "https://notchipin.co.za/hook" },
    { url: "https://1.2.3.4.example.com/", parsed: "https://1.2.3.4.example.com/" },
  ])("accepts $url", ({ url, parsed }) => {
    expect(checkEndpointUrl(url, strict)).toEqual({ ok: true, url: parsed });
  });

  it.each([
    { url: "", reason: "is not a URL" },
    { url: "partner.com/hooks", reason: "is not a URL" },
    { url: "https://", reason: "is not a URL" },
    { url: "https://exa_mple .com", reason: "spaces" },
    { url: "https://partner.com/\nhost: x", reason: "spaces" },
    { url: " https://partner.com", reason: "spaces" },
    { url: "https://part\tner.com", reason: "spaces" },
    { url: "http://partner.com/hooks", reason: "https" },
    { url: "ftp://partner.com/hooks", reason: "https" },
    { url: "file:///etc/passwd", reason: "https" },
    { url: "javascript:alert(1)", reason: "https" },
    { url: "ws://partner.com", reason: "https" },
    { url: "https://user:pass@partner.com/", reason: "credentials" },
    { url: "https://user@partner.com/", reason: "credentials" },
    { url: "https://partner.com:pw@169.254.169.254/", reason: "credentials" },
    { url: "https://partner.com:22/", reason: "port" },
    { url: "https://partner.com:8080/", reason: "port" },
    { url: "https://partner.com:80/", reason: "port" },
    { url: "https://127.0.0.1/", reason: "IP address" },
    { url: "https://10.0.0.1/", reason: "IP address" },
    { url: "https://169.254.169.254/latest/meta-data", reason: "IP address" },
    { url: "https://8.8.8.8/", reason: "IP address" },
    { url: "https://2130706433/", reason: "IP address" },
    { url: "https://0x7f000001/", reason: "IP address" },
    { url: "https://0177.0.0.1/", reason: "IP address" },
    { url: "https://127.1/", reason: "IP address" },
    { url: "https://127.0.0.1./", reason: "IP address" },
    { url: "https://１２７.０.０.１/", reason: "IP address" },
    { url: "https://[::1]/", reason: "IP address" },
    { url: "https://[::ffff:10.0.0.1]/", reason: "IP address" },
    { url: "https://[fd00::1]:8443/", reason: "IP address" },
    { url: "https://[2606:4700::1111]/", reason: "IP address" },
    { url: "https://localhost/", reason: "public internet" },
    { url: "https://LOCALHOST./", reason: "public internet" },
    { url: "https://api.localhost/", reason: "public internet" },
    { url: "https://intranet/", reason: "public internet" },
    { url: "https://printer.local/", reason: "public internet" },
    { url: "https://metadata.google.internal/", reason: "public internet" },
    { url: "https://metadata.google.internal./", reason: "public internet" },
    { url: "https://vault.svc.cluster.local/", reason: "public internet" },
    { url: "https://shop.test/", reason: "public internet" },
    { url: "https://router.lan/", reason: "public internet" },
    { url: "https://nas.home.arpa/", reason: "public internet" },
    { url: "https://hidden.onion/", reason: "public internet" },
    { url: "https://chipin.co.za/api/webhooks/payfast", reason: "our own" },
    { url: "https://api.chipin.co.za/v1", reason: "our own" },
    { url: "https://CHIPIN.co.za./", reason: "our own" },
    { url: "https://staging.chipin-app.com/", reason: "our own" },
    { url: "https://staging.chipin-app.com./x", reason: "our own" },
    { url: "https://api.chipin-app.com/", reason: "our own" },
    { url: `https://partner.com/${"a".repeat(2_048)}`, reason: "at most 2048" },
  ])("refuses $url", ({ url, reason }) => {
    const check = checkEndpointUrl(url, strict);

    expect(check).toEqual({ ok: false, reason: expect.stringContaining(reason) });
  });

  it.each([
    { url: "http://127.0.0.1:9911/hooks", ok: true },
    { url: "http://localhost:3000/", ok: true },
    { url: "https://localhost/", ok: true },
    { url: "http://127.0.0.2/", ok: false },
    { url: "http://10.0.0.1/", ok: false },
    { url: "http://[::1]:3000/", ok: false },
    { url: "http://partner.com/", ok: false },
    { url: "ftp://localhost/", ok: false },
    { url: "http://user@localhost/", ok: false },
  ])("on the local platform answers $ok for $url", ({ url, ok }) => {
    expect(checkEndpointUrl(url, { allowLoopback: true })).toMatchObject({ ok });
  });
});
