import { formToken } from "#accounts/host-account";
import type { TestDatabase } from "../../support/database.ts";
import { listen } from "../../support/database.ts";
import { testSite } from "../support.ts";

export const ORIGIN = "https://chipin.test";
export const PHONE =
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36";
export const LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0";

type Mail = { to: string[]; subject: string; text: string; html: string };
type Answer = Readonly<{ status: number; location: string | null; headers: Headers; html: string }>;
type Options = Parameters<typeof testSite>[1];

/** A mail service that keeps what it takes, and answers `status` otherwise. Stop it in the end. */
export async function aMailService() {
  const mail = { status: 200, taken: [] as Mail[], asked: 0 };
  const service = await listen(async (request) => {
    mail.asked += 1;
    if (mail.status !== 200) return Response.json({ name: "application_error" }, { status: mail.status });
    mail.taken.push((await request.json()) as Mail);
    return Response.json({ id: "taken" });
  });
  const settings = { RESEND_BASE_URL: `http://127.0.0.1:${service.port}`, RESEND_API_KEY: "re_test" };
  return Object.assign(mail, { settings, stop: service.close });
}

/** The site as hosts meet it, with a mail service that keeps what it takes, and answers `mail.status` otherwise. Stop it in the end. */
export async function hostSite(
  database: Pick<TestDatabase, "databaseUrl" | "neonHttpEndpoint" | "db">,
  options: Options = {},
) {
  const mail = await aMailService();
  const settings = { ...mail.settings, ...options.settings };
  const site = testSite(database, { ...options, settings });
  return { site, mail, browser: (userAgent = PHONE) => new HostBrowser(site, mail, userAgent), stop: mail.stop };
}

/** A browser of a host: it keeps cookies, says who it is, and reads the link in the last mail. It does not follow redirects. */
export class HostBrowser {
  readonly #site: ReturnType<typeof testSite>;
  readonly #mail: { taken: Mail[] };
  readonly userAgent: string;
  cookies = new Map<string, string>();
  address = "196.25.1.1";

  constructor(site: ReturnType<typeof testSite>, mail: { taken: Mail[] }, userAgent: string) {
    this.#site = site;
    this.#mail = mail;
    this.userAgent = userAgent;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(path, "GET", null, headers);
  }

  post(path: string, fields: Record<string, string> | FormData, headers: Record<string, string> = {}): Promise<Answer> {
    const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
    return this.send(path, "POST", body, { "Sec-Fetch-Site": "same-origin", ...headers });
  }

  askForLink(email: string, next?: string): Promise<Answer> {
    return this.post("/create", { email, ...(next !== undefined && { next }) });
  }

  /** The token of the link in the mail that was sent last. */
  token(): string {
    const [, token] = /\/auth\/verify\?token=(\S+)/.exec(this.#mail.taken.at(-1)?.text ?? "") ?? [];
    if (token === undefined) throw new Error("no mail holds a link");
    return token;
  }

  /** Signs in by a link of its own, and answers the last step. */
  async signIn(email = `${crypto.randomUUID()}@example.co.za`, next?: string): Promise<Answer> {
    await this.askForLink(email, next);
    return await this.post("/auth/verify", { token: this.token() });
  }

  /** The token of the forms of this login. */
  csrf(): string {
    return formToken(this.#site.services.settings, this.cookies.get("__Host-chipin_session") ?? "");
  }

  /** `path`: of the public origin, or a whole URL. An empty header is not sent. */
  async send(
    path: string,
    method: string,
    body: URLSearchParams | FormData | null,
    given: Record<string, string>,
  ): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers: Record<string, string> = {
      "User-Agent": this.userAgent,
      "CF-Connecting-IP": this.address,
      ...(cookie !== "" && { Cookie: cookie }),
      ...given,
    };
    for (const [name, value] of Object.entries(headers)) if (value === "") Reflect.deleteProperty(headers, name);
    const response = await this.#site.request(new URL(path, ORIGIN).href, { method, headers, ...(body && { body }) });
    const html = await response.text();
    await this.#site.settled();
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "") this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return { status: response.status, location: response.headers.get("Location"), headers: response.headers, html };
  }
}
