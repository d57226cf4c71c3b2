import type { TestProject } from "vitest/node";
import { listen, startTestDatabase } from "./database.ts";

/**
 * The services outside workerd for the tests inside: a database at `/sql`, and a mail service that accepts every mail.
 * After `/unplug?id=…` every query about that id is refused, until `/plug?id=…`. Other tests use the database meanwhile.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { gateway, stop } = await startTestDatabase();
  const unplugged = new Set<string>();
  const door = await listen(async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/emails") return Response.json({ id: "taken" });
    if (pathname === "/sql") {
      const queries = await request.clone().text();
      const isRefused = [...unplugged].some((id) => queries.includes(id));
      return isRefused ? Response.json({ message: "unplugged" }, { status: 503 }) : gateway.handle(request);
    }
    const id = searchParams.get("id") ?? "";
    if (pathname === "/unplug") unplugged.add(id);
    else unplugged.delete(id);
    return new Response(null, { status: 204 });
  });
  project.provide("door", `http://127.0.0.1:${door.port}`);
  return async () => {
    await door.close();
    await stop();
  };
}

declare module "vitest" {
  interface ProvidedContext {
    door: string;
  }
}
