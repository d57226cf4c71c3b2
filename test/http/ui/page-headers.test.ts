import { describe, expect, it } from "vitest";
import { htmlHeaders, pageSecurityHeaders } from "../../../src/http/ui/page-headers.ts";
import { PUBLIC_ORIGIN as ORIGIN } from "../support.ts";

describe("pageSecurityHeaders", () => {
  const forms = ["https://www.payfast.co.za", "https://www.payfast.co.za"];
  const headers = pageSecurityHeaders({ PUBLIC_ORIGIN: ORIGIN }, { forms });

  it("lets forms lead to the providers, and scripts and styles come from us only", () => {
    const policy = headers["Content-Security-Policy"] ?? "";

    expect(policy).toContain("form-action 'self' https://www.payfast.co.za;");
    expect(policy).toContain("connect-src 'self' wss://chipin.test;");
    for (const rule of ["default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'"]) {
      expect(policy).toContain(rule);
    }
    expect(policy).not.toContain("unsafe");
  });

  it("insists on TLS where there is TLS", () => {
    expect(headers["Strict-Transport-Security"]).toMatch(/max-age=31536000/);
    const local = pageSecurityHeaders({ PUBLIC_ORIGIN: "http://127.0.0.1:8787" }, { forms: [] });
    expect(local["Strict-Transport-Security"]).toBeUndefined();
    expect(local["Content-Security-Policy"]).toContain("connect-src 'self' ws://127.0.0.1:8787;");
  });
});

describe("htmlHeaders", () => {
  it("say that it is HTML, that nobody keeps it, and what it may load", () => {
    const headers = htmlHeaders({ PUBLIC_ORIGIN: ORIGIN }, { forms: [], challenge: "https://challenge.example" });

    expect(headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Content-Security-Policy")).toContain("script-src 'self' https://challenge.example;");
    expect(headers.get("Content-Security-Policy")).toContain("frame-src https://challenge.example;");
  });
});
