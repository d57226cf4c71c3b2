import { serve } from "@hono/node-server";
import { HOST, PortTaken } from "./ports.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** Listens on this machine only. @returns how to stop it @throws PlatformProblem when the port is in use */
export async function listen(fetch: Handler, port: number): Promise<() => Promise<void>> {
  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const starting = serve({ fetch, port, hostname: HOST }, () => resolve(starting));
    starting.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      reject(taken ? new PortTaken(`Port ${port} (the console) was taken by another program`) : error);
    });
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      // Browsers keep their connections open for minutes.
      if ("closeAllConnections" in server) server.closeAllConnections();
    });
}
