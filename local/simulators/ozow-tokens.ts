import { randomBytes } from "node:crypto";

type Granted = { token: string; scope: string };
type Refusal = { status: 400 | 401 | 404; detail: string };

const SCOPES = ["payments", "refund", "settlements"];
export const TOKEN_SECONDS = 14_400;

/** Bearer tokens for client credentials, kept in memory. */
export class OzowTokens {
  readonly #client: { clientId: string; clientSecret: string };
  readonly #scopes = new Map<string, { scopes: string[]; until: number }>();

  constructor(client: { clientId: string; clientSecret: string }) {
    this.#client = client;
  }

  /** `fields`: the form posted to `/token`. */
  grant(fields: URLSearchParams): Granted | Refusal {
    const scopes = (fields.get("scope") ?? "").split(" ").filter(Boolean);
    if (fields.get("grant_type") !== "client_credentials") return { status: 400, detail: "unsupported grant_type" };
    if (fields.get("client_id") !== this.#client.clientId) {
      return { status: 404, detail: "consumer could not be found" };
    }
    if (fields.get("client_secret") !== this.#client.clientSecret) return { status: 401, detail: "invalid client" };
    if (scopes.length === 0 || scopes.some((scope) => !SCOPES.includes(scope))) {
      return { status: 400, detail: "invalid scope" };
    }
    const token = randomBytes(24).toString("base64url");
    this.#scopes.set(token, { scopes, until: Date.now() + TOKEN_SECONDS * 1_000 });
    return { token, scope: scopes.join(" ") };
  }

  /** The scopes an `Authorization` header stands for; null when it stands for none. */
  scopesOf(authorization: string | undefined): string[] | null {
    const known = this.#scopes.get(/^Bearer (.+)$/i.exec(authorization ?? "")?.[1] ?? "");
    return known && known.until > Date.now() ? known.scopes : null;
  }
}
