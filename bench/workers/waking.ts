import { DreamBoard } from "../../durable-objects/dream-board.ts";

type WakingEnv = { DREAM_BOARD: DurableObjectNamespace<DreamBoard> };

export { DreamBoard };

/** `POST /restore/{code}` takes a piece of a log; `/view/{code}/{times}` reads the guests' view so often. */
export default {
  async fetch(request, env) {
    const [, verb, code = "", times = "1"] = new URL(request.url).pathname.split("/");
    if (!code) return new Response(null);
    const board = env.DREAM_BOARD.getByName(code);
    if (verb === "restore") return Response.json(await board.restore(await request.json()));
    let view: unknown = null;
    for (let read = 0; read < Number(times); read += 1) view = await board.read("view", {});
    return Response.json(view);
  },
} satisfies ExportedHandler<WakingEnv>;
