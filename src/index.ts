import { newRequestId } from "#domain/ids";
import type { createApp } from "./http/app.ts";

export { DreamBoard } from "../durable-objects/dream-board.ts";
export { ProviderSwitch } from "../durable-objects/provider-switch.ts";
export { RateLimiter } from "../durable-objects/rate-limiter.ts";

/*
 * What is imported above is compiled and run when an isolate starts, before its first answer. Everything else is in modules
 * that are loaded when they are first needed.
 */

let app: ReturnType<typeof createApp> | null = null;

/** What came of the imports is kept, not their promise: a request must not wait for what another request began. */
async function loadApp(): Promise<NonNullable<typeof app>> {
  const [{ createApp }, { servicesOf }, { JOB_NAMES, runJob }] = await Promise.all([
    import("./http/app.ts"),
    import("./platform/wiring.ts"),
    import("./jobs/schedule.ts"),
  ]);
  app ??= createApp({ servicesFor: servicesOf, jobs: { names: JOB_NAMES, run: runJob } });
  return app;
}

export default {
  async fetch(request, env, context) {
    return (app ?? (await loadApp())).fetch(request, env, context);
  },

  async queue(batch, env, context) {
    const [{ consumeQueue }, { servicesOf }] = await Promise.all([
      import("../queues/index.ts"),
      import("./platform/wiring.ts"),
    ]);
    await consumeQueue(batch, servicesOf(env, context, newRequestId(new Date())));
  },

  async scheduled(controller, env, context) {
    const [{ runTick }, { servicesOf }] = await Promise.all([
      import("./jobs/run-tick.ts"),
      import("./platform/wiring.ts"),
    ]);
    const services = servicesOf(env, context, newRequestId(new Date()));
    await runTick(services, { cron: controller.cron, now: new Date(controller.scheduledTime) });
  },
} satisfies ExportedHandler<Env>;
