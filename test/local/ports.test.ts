import { createServer } from "node:net";
import { expect, it } from "vitest";
import { startPlatform } from "../../local/platform.ts";
import { findFreePort, HOST } from "../../local/ports.ts";

it.each([
  { taken: "the Worker's", offset: 0 },
  { taken: "the console's", offset: 1 },
])(
  "a platform that chooses its ports begins again with others when $taken is taken after the choice",
  async ({ offset }) => {
    // The platform chooses the next two.
    const chosen = (await findFreePort(2)) + 2;
    const rival = createServer();
    let begun = 0;
    const platform = await startPlatform({
      ephemeral: true,
      seed: "keys",
      crons: false,
      report: (step) => {
        if (step !== "starting the embedded Postgres") return;
        begun += 1;
        if (begun === 1) rival.listen(chosen + offset, HOST);
      },
    });
    try {
      expect([platform.worker, platform.console]).not.toContain(`http://${HOST}:${chosen + offset}`);
      expect((await fetch(`${platform.worker}/health/live`)).status).toBe(200);
    } finally {
      await platform.stop();
      rival.close();
    }
  },
);
