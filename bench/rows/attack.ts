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

/** A round takes more than two minutes. */
const MOST_ROUNDS = 3;

type Round = Readonly<{ quietMs: number; attackedMs: number; socketsHeld: number; forms: number }>;

/** Two hundred guests on one board, first alone, then beside attackers. With queues, so on the local platform. */
export async function attackRows({ rounds }: BenchOptions, running: AsyncDisposableStack): Promise<Row[]> {
  const played: Round[] = [];
  while (played.length < Math.min(rounds, MOST_ROUNDS)) played.push(await playRound(running));
  const held = played.map(({ socketsHeld }) => socketsHeld).join(", ");
  const sent = played.map(({ forms }) => forms).join(", ");
  return [
    {
      what: "a contribution under attack, p95",
      figures: played.map(({ attackedMs, quietMs }) => attackedMs / quietMs),
      unit: "ratio",
      budget: { atMost: 3 },
      note: `the same ${GUESTS.count} guests alone; ${held} of ${ATTACK.sockets} sockets held, ${sent} unpaid forms, a hanging endpoint`,
    },
    { what: "  alone, p95", figures: played.map(({ quietMs }) => quietMs), unit: "ms", budget: null, note: "" },
  ];
}

/** On a platform of its own: what strangers may do is counted by the hour. */
async function playRound(running: AsyncDisposableStack): Promise<Round> {
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
  return {
    quietMs: percentile(quiet.ms, 0.95),
    attackedMs: percentile(attacked.ms, 0.95),
    socketsHeld: held.ownNetworks + held.crowd,
    forms: sent,
  };
}
