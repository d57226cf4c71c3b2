import { readFile } from "node:fs/promises";
import { OperatorProblem, type OperatorRequest } from "./arguments.ts";

/** Where the operators' endpoints are, and who asks. */
export type OperatorSettings = Readonly<{ origin: string; secret: string; operator: string | null }>;

type Environment = Readonly<Record<string, string | undefined>>;
/** The part of `.local/platform.json` that matters here. */
type Handle = { worker: string; admin: { email: string }; secrets: { jobSecret: string } };

/**
 * The settings of the environment; of the local platform where there are none, or where `origin` names it.
 * @throws OperatorProblem naming the setting that is missing.
 */
export async function settingsOf(
  env: Environment,
  { origin: asked, handlePath }: { origin: string | undefined; handlePath: string },
): Promise<OperatorSettings> {
  const { CHIPIN_ORIGIN, CHIPIN_OPERATOR, CHIPIN_OPERATOR_SECRET } = env;
  const origin = asked ?? CHIPIN_ORIGIN;
  const isUnset = !origin && !CHIPIN_OPERATOR && !CHIPIN_OPERATOR_SECRET;
  const handle = await readHandle(handlePath);
  if (handle && (isUnset || origin === handle.worker)) {
    return { origin: handle.worker, secret: handle.secrets.jobSecret, operator: handle.admin.email };
  }
  if (isUnset) {
    throw new OperatorProblem(
      "no platform runs here: start one with npm start, or set CHIPIN_ORIGIN, CHIPIN_OPERATOR and CHIPIN_OPERATOR_SECRET",
    );
  }
  if (!origin) throw new OperatorProblem("CHIPIN_ORIGIN is not set: it is the origin of the API, https://api.…");
  if (!CHIPIN_OPERATOR_SECRET)
    throw new OperatorProblem("CHIPIN_OPERATOR_SECRET is not set: it is your own, of OPERATORS");
  const { protocol, hostname, origin: clean } = urlOf(origin);
  if (protocol !== "https:" && !["127.0.0.1", "localhost"].includes(hostname)) {
    throw new OperatorProblem(`${origin} must begin with https://, because the secret is sent there`);
  }
  return { origin: clean, secret: CHIPIN_OPERATOR_SECRET, operator: CHIPIN_OPERATOR || null };
}

function urlOf(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new OperatorProblem(`"${text}" is no origin like https://api.chipin.co.za`);
}

async function readHandle(path: string): Promise<Handle | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  // Written by the local platform.
  return text === null ? null : (JSON.parse(text) as Handle);
}

/**
 * The answer of one request, still unread.
 * @throws OperatorProblem with what was refused, a line for each field: "field: reason".
 */
export async function call(
  { origin, secret, operator }: OperatorSettings,
  { method, path, body }: OperatorRequest,
): Promise<Response> {
  if (method !== "GET" && operator === null) throw new OperatorProblem("CHIPIN_OPERATOR is not set: say who acts");
  const response = await fetch(`${origin}${path}`, {
    method,
    redirect: "error",
    headers: {
      Authorization: `Bearer ${secret}`,
      ...(operator !== null && { "ChipIn-Operator": operator }),
      ...(body && { "Content-Type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
  }).catch((error: Error) => {
    const { cause } = error;
    throw new OperatorProblem(`${origin} cannot be reached: ${cause instanceof Error ? cause.message : error.message}`);
  });
  if (!response.ok) throw new OperatorProblem(refusalInWords(response.status, await response.text()));
  return response;
}

type ErrorEnvelope = {
  error: { message: string; details?: { field: string; reason: string }[] };
  meta?: { request_id?: string };
};

function refusalInWords(status: number, text: string): string {
  const envelope = parsed(text);
  // What is late is said by 503 and a body of its own.
  if (envelope && !envelope.error) return `answered ${status}: ${JSON.stringify(envelope, null, 2)}`;
  if (!envelope) return `answered ${status}, and nothing more`;
  const { message, details = [] } = envelope.error;
  const isNoRoute = message === "There is no such route";
  return [
    `${message} (${status}${envelope.meta?.request_id ? `, ${envelope.meta.request_id}` : ""})`,
    ...details.map(({ field, reason }) => `  ${field}: ${reason}`),
    ...(isNoRoute
      ? ["  Is CHIPIN_OPERATOR_SECRET the one of this origin, and does its release have this command?"]
      : []),
  ].join("\n");
}

function parsed(text: string): ErrorEnvelope | null {
  try {
    // The error envelope of our own API.
    return JSON.parse(text) as ErrorEnvelope;
  } catch {
    return null;
  }
}
