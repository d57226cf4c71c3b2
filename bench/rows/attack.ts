import { startPlatform } from "../../local/platform.ts";
import { startEmptyPostgres } from "../../test/support/database.ts";
import type { BenchOptions } from "../arguments.ts";
import { ATTACK, GUESTS, hireAttackers } from "../attack/attackers.ts";
import { serveGuests } from "../attack/guests.ts";
import { insist } from "../checks.ts";
import { openBoard, subscribe } from "../stage.ts";
import { percentile, type Row } from "../table.ts";

/** The attack begins earlier, and lasts longer. */
const UNDER_WAY_MS = 3_000;

/** Two hundred guests on one board, first alone, then beside attackers. With queues, so on the local platform. */
export async function attackRows(_: BenchOptions, running: AsyncDisposableStack): Promise<Row[]> {
  const postgres = process.env.TEST_POSTGRES_URL
    ? running.adopt(await startEmptyPostgres(), ({ stop }) => stop())
    : null;
  const platform = running.adopt(
    await startPlatform({ ephemeral: true, seed: "keys", crons: false, postgresUrl: postgres?.url ?? undefined }),
    ({ stop }) => stop(),
  );
  const { worker, partner } = platform;
  const board = await openBoard(worker, partner.apiKey, worker);
  const attackers = await hireAttackers({ ...ATTACK, origin: worker, slug: board.slug });

  const quiet = await serveGuests(platform, board.slug, { ...GUESTS, first: 0 });
  await subscribe(worker, partner.apiKey, attackers.hanging);
  await attackers.openSockets();
  const forms = attackers.sendForms();
  await new Promise((resolve) => setTimeout(resolve, UNDER_WAY_MS));
  const attacked = await serveGuests(platform, board.slug, { ...GUESTS, first: GUESTS.count });
  await forms;
  const { held, forms: answers } = await attackers.stop();

  insist("sockets of one network", held.crowd <= 20, true);
  insist("sockets of other sites", held.foreignOrigin, 0);
  const sent = Object.values(answers).reduce((sum, count) => sum + count, 0);
  insist("forms that were sent", sent, ATTACK.attempts);
  await platform.stop();
  const note = `the same ${GUESTS.count} guests alone; ${held.ownNetworks + held.crowd} of ${ATTACK.sockets} sockets held, ${sent} unpaid forms, a hanging endpoint`;
  return [
    {
      what: "a contribution under attack, p95",
      figures: [percentile(attacked.ms, 0.95) / percentile(quiet.ms, 0.95)],
      unit: "ratio",
      budget: { atMost: 3 },
      note,
    },
    { what: "  alone, p95", figures: [percentile(quiet.ms, 0.95)], unit: "ms", budget: null, note: "" },
  ];
}
