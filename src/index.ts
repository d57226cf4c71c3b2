import { newRequestId } from "#domain/ids";
import type { createApp } from "./http/app.ts";
import { boardPageAsked } from "./http/guest-pages/board-page-asked.ts";

export { DreamBoard } from "../durable-objects/dream-board.ts";
export { HostAccount } from "../durable-objects/host-account.ts";
export { ProviderSwitch } from "../durable-objects/provider-switch.ts";
export { RateLimiter } from "../durable-objects/rate-limiter.ts";

/*
 * What is imported above is compiled and run when an isolate starts, before its first answer. Everything else is in modules
 * that are loaded when they are first needed.
 */

let app: ReturnType<typeof createApp> | null = null;
let boardPage: Awaited<ReturnType<typeof loadBoardPage>> | null = null;

/** What came of the imports is kept, not their promise: a request must not wait for what another request began. */
async function loadApp(): Promise<NonNullable<typeof app>> {
  const [{ createApp }, { servicesOf }, { expectedJobs, JOB_NAMES, runJob }] = await Promise.all([
    import("./http/app.ts"),
    import("./platform/wiring.ts"),
    import("./jobs/schedule.ts"),
  ]);
  app ??= createApp({ servicesFor: servicesOf, jobs: { names: JOB_NAMES, run: runJob, expected: expectedJobs } });
  return app;
}

async function loadBoardPage() {
  const [{ answerBoardPage }, { boardServicesOf, fixedServicesOf }] = await Promise.all([
    import("./http/guest-pages/answer-board-page.ts"),
    import("./platform/board-services.ts"),
  ]);
  return { answerBoardPage, boardServicesOf, fixedServicesOf };
}

export default {
  async fetch(request, env, context) {
    const asked = boardPageAsked(request);
    if (asked) {
      boardPage ??= await loadBoardPage();
      const { answerBoardPage, boardServicesOf, fixedServicesOf } = boardPage;
      const page = await answerBoardPage(asked, {
        fixedServices: () => fixedServicesOf(env),
        servicesFor: (requestId) => boardServicesOf(env, context, requestId),
      });
      if (page) return page;
    }
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
