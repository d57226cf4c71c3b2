import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { STYLE } from "../../../src/http/ui/asset-manifest.ts";
import { htmlHeaders, pageSecurityHeaders } from "../../../src/http/ui/page-headers.ts";
import { PUBLIC_ORIGIN as ORIGIN } from "../support.ts";

describe("pageSecurityHeaders", () => {
  const forms = ["https://www.payfast.co.za", "https://*.ozow.com", "https://www.payfast.co.za"];
  const headers = pageSecurityHeaders({ PUBLIC_ORIGIN: ORIGIN }, { forms });

  it("the policy lists each form origin once, and allows scripts from this origin, and the page's own style only", () => {
    const policy = headers["Content-Security-Policy"] ?? "";

    expect(policy).toContain("form-action 'self' https://www.payfast.co.za https://*.ozow.com;");
    expect(policy).toContain("connect-src 'self' wss://chipin.test;");
    for (const rule of ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'"]) {
      expect(policy).toContain(rule);
    }
    const hash = createHash("sha256").update(STYLE).digest("base64");
    expect(policy).toContain(`style-src 'sha256-${hash}';`);
    expect(policy).not.toContain("unsafe");
  });

  it("an https origin sends HSTS and an http origin does not", () => {
    expect(headers["Strict-Transport-Security"]).toMatch(/max-age=31536000/);
    const local = pageSecurityHeaders({ PUBLIC_ORIGIN: "http://127.0.0.1:8787" }, { forms: [] });
    expect(local["Strict-Transport-Security"]).toBeUndefined();
    expect(local["Content-Security-Policy"]).toContain("connect-src 'self' ws://127.0.0.1:8787;");
  });
});

describe("htmlHeaders", () => {
  it("an HTML page is sent with a policy that allows its challenge", () => {
    const headers = htmlHeaders({ PUBLIC_ORIGIN: ORIGIN }, { forms: [], challenge: "https://challenge.example" });

    expect(headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(headers.get("Content-Security-Policy")).toContain("script-src 'self' https://challenge.example;");
    expect(headers.get("Content-Security-Policy")).toContain("frame-src https://challenge.example;");
  });
});
