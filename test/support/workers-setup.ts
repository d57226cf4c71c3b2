import type { TestProject } from "vitest/node";
import { listen, startTestDatabase } from "./database.ts";

/**
 * The services outside workerd for the tests inside: a database at `/sql`, a mail service that accepts every mail, and
 * `/unplug` and `/plug`, which pause and resume the database.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { gateway, stop } = await startTestDatabase();
  const door = await listen((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/sql") return gateway.handle(request);
    if (pathname === "/emails") return Response.json({ id: "taken" });
    if (pathname === "/unplug") gateway.pause();
    else gateway.resume();
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
