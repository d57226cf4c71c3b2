import { newRequestId } from "#domain/ids";
import { consumeQueue } from "../queues/index.ts";
import { createApp } from "./http/app.ts";
import { dueJobs, JOB_NAMES, type JobName, runJob } from "./jobs/schedule.ts";
import { alert, log, messageOf } from "./platform/log.ts";
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
    const now = new Date(controller.scheduledTime);
    const services = servicesOf(env, context, newRequestId(new Date()));
    // Side by side: one job's trouble, or length, is not the next one's.
    const run = async (name: JobName) => {
      const about = { job: name, request_id: services.requestId };
      try {
        log({ event: "job", ...about, result: JSON.stringify(await runJob(name, services, now)) });
      } catch (error) {
        alert({ event: "job_failed", ...about, error: messageOf(error) });
      }
    };
    await Promise.all(dueJobs(now).map(run));
  },
} satisfies ExportedHandler<Env>;
