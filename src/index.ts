import { newRequestId } from "#domain/ids";
import { consumeQueue } from "../queues/index.ts";
import { createApp } from "./http/app.ts";
import { runTick } from "./jobs/run-tick.ts";
import { JOB_NAMES, runJob } from "./jobs/schedule.ts";
import { servicesOf } from "./platform/wiring.ts";

export { DreamBoard } from "../durable-objects/dream-board.ts";
export { ProviderSwitch } from "../durable-objects/provider-switch.ts";
export { RateLimiter } from "../durable-objects/rate-limiter.ts";

const app = createApp({ servicesFor: servicesOf, jobs: { names: JOB_NAMES, run: runJob } });

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),

  async queue(batch, env, context) {
    await consumeQueue(batch, servicesOf(env, context, newRequestId(new Date())));
  },

  async scheduled(controller, env, context) {
    const services = servicesOf(env, context, newRequestId(new Date()));
    await runTick(services, { cron: controller.cron, now: new Date(controller.scheduledTime) });
  },
} satisfies ExportedHandler<Env>;
