import type { TestProject } from "vitest/node";
import { listen, startTestDatabase } from "./database.ts";

/**
 * One database for the tests inside workerd, behind the gateway they reach by HTTP. Beside `/sql` it answers
 * `/unplug` and `/plug`, because a test in workerd cannot reach into this process.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { gateway, stop } = await startTestDatabase();
  const door = await listen((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/sql") return gateway.handle(request);
    if (pathname === "/unplug") gateway.pause();
    else gateway.resume();
    return new Response(null, { status: 204 });
  });
  project.provide("neonHttpEndpoint", `http://127.0.0.1:${door.port}/sql`);
  return async () => {
    await door.close();
    await stop();
  };
}

declare module "vitest" {
  interface ProvidedContext {
    neonHttpEndpoint: string;
  }
}
