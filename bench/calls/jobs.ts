import { expireApiKeys } from "#accounts/expire-api-keys";
import { issueApiKey } from "#accounts/issue-api-key";
import { claimPictures } from "#boards/claim-pictures";
import { consents } from "#database/consent-tables";
import { pictures } from "#database/own-tables";
import { PAYOUT_METHODS } from "#domain/gift";
import { newId } from "#domain/ids";
import { picturePath } from "#domain/pictures";
import { zoneDate } from "#domain/time";
import { deletePicturesOf, deleteReplaced } from "#media/delete-pictures";
import { eraseHost } from "#operations/erase-host";
import { getHost } from "#operations/export-host";
import { claimRuns, runClaimed } from "#operations/job-runs";
import type { PaymentProvider } from "#payments/provider";
import { duePayouts } from "#payouts/payout-rows";
import { keyringOf } from "#privacy/encryption";
import { BOARD_ERASERS } from "#privacy/erase-board";
import { PURGES, type PurgeName } from "#privacy/purges";
import { dayAfter } from "#reconciliation/compare-settlement";
import { dueOpenPayments, openAtDeadline } from "#reconciliation/open-payments";
import { anonymiseBoards } from "../../src/jobs/anonymise-boards.ts";
import { closeDueBoards } from "../../src/jobs/close-due-boards.ts";
import { compareBoards, queueComparison } from "../../src/jobs/compare-boards.ts";
import { compareSettlements } from "../../src/jobs/compare-settlements.ts";
import { queuePictureCopies } from "../../src/jobs/copy-pictures.ts";
import { dispatchMail } from "../../src/jobs/dispatch-mail.ts";
import { dispatchWebhooks } from "../../src/jobs/dispatch-webhooks.ts";
import { finishErasures } from "../../src/jobs/finish-erasures.ts";
import { purgeJob } from "../../src/jobs/purge.ts";
import { reconcilePayments } from "../../src/jobs/reconcile-payments.ts";
import { reencrypt } from "../../src/jobs/reencrypt.ts";
import { remindHosts } from "../../src/jobs/remind-hosts.ts";
import { JOB_NAMES, runJob } from "../../src/jobs/schedule.ts";
import { scrubOrigins } from "../../src/jobs/scrub-origins.ts";
import { sendRefunds } from "../../src/jobs/send-refunds.ts";
import { sweepPictures } from "../../src/jobs/sweep-pictures.ts";
import { watchEndpoints } from "../../src/jobs/watch-endpoints.ts";
import { watchProjection } from "../../src/jobs/watch-projection.ts";
import { hostAccountsInMemory } from "../../test/accounts/host-accounts.ts";
import { aLiveBoard, aProvider, aProviderWithLookUp, findsNothing } from "../../test/reconciliation/support.ts";
import { aPartner } from "../../test/support/database.ts";
import { type Call, nightly, online } from "./scene.ts";

/** What the jobs ask of Postgres. */

const PROVIDERS = ["payfast", "ozow", "snapscan"] as const;

export const JOBS: readonly Call[] = [
  online("close-due-boards", ({ services, now, explain }) => explain(() => closeDueBoards(services, now, new Map()))),
  online("close-due-boards, payments of a board", async ({ services, now, seeded, explain }) => {
    const { id: boardId } = await seeded.biggest();
    await explain(async () => {
      await openAtDeadline(services, { boardId, now });
      await dueOpenPayments(services, { name: "payfast", looksUpAtOnce: true }, { now, boardId });
    });
  }),
  online("reconcile-payments", ({ services, now, explain }) => {
    const providers = new Map(PROVIDERS.map((name) => [name, aProviderWithLookUp(findsNothing, name).provider]));
    return explain(() => reconcilePayments(services, now, providers));
  }),
  online("send-refunds", ({ services, now, explain }) => explain(() => sendRefunds(services, now, new Map()))),
  online("dispatch-mail", ({ services, now, explain }) => explain(() => dispatchMail(services, now))),
  online("dispatch-webhooks", ({ services, now, explain }) => explain(() => dispatchWebhooks(services, now))),
  online("execute-payouts", ({ services, now, explain }) =>
    explain(async () => {
      for (const type of PAYOUT_METHODS) {
        for (const status of ["pending", "processing"] as const)
          await duePayouts(services, { type, status, now, limit: 100 });
      }
    }),
  ),
  online("remind-hosts", ({ services, now, explain }) => explain(() => remindHosts(services, now))),
  nightly("compare-settlements", async ({ services, now, seeded, explain }) => {
    const yesterday = dayAfter(zoneDate(now), -1);
    const providers = new Map<(typeof PROVIDERS)[number], PaymentProvider>();
    for (const name of PROVIDERS) {
      const list = await seeded.providerList(name, yesterday);
      providers.set(
        name,
        aProvider({
          name,
          listPayments: async function* () {
            yield* list;
          },
        }),
      );
    }
    await explain(() => compareSettlements(services, now, providers));
  }),
  nightly("compare-boards", async ({ services, house, now, explain }) => {
    const live = await aLiveBoard(house);
    await live.paid();
    // Each look at the clock is a minute later, so that the run ends after a few boards.
    let minutes = 0;
    const clock = () => new Date(now.getTime() + 60_000 * minutes++);
    await explain(() => compareBoards({ ...services, now: clock }, now));
  }),
  nightly("compare-boards, queued", ({ services, now, explain }) => explain(() => queueComparison(services, now))),
  online("watch-endpoints", ({ services, now, explain }) => explain(() => watchEndpoints(services, now))),
  online("expire-api-keys", async ({ services, house, now, explain }) => {
    const { database } = house.services;
    const { id: partnerId } = await aPartner(database);
    const wish = { environment: "live", scopes: [], expiresAt: now } as const;
    await issueApiKey(house.services, partnerId, wish);
    await explain(() => expireApiKeys(services, now));
  }),
  online("watch-projection", async ({ services, house, now, explain }) => {
    const live = await aLiveBoard(house);
    live.board.isCutOff = true;
    await live.paid();
    await explain(() => watchProjection({ ...services, objects: house.services.objects }, now));
  }),
  online("copy-pictures", ({ services, now, explain }) => explain(() => queuePictureCopies(services, now))),
  online("the pictures of a board", async ({ services, now, seeded, explain }) => {
    const id = await seeded.ended();
    const erasure = { id: newId(now), cause: "bench", at: now, dreamBoardId: id };
    const picture = { id: newId(now), kind: "photo", bytes: 1 } as const;
    await explain(async () => {
      await services.database.insert(pictures).values(picture);
      await claimPictures(services, id, [picturePath(picture.id, 640)]);
      await deleteReplaced(services, id, async () => []);
      await deletePicturesOf(services, id, erasure);
    });
  }),
  nightly("sweep-pictures", ({ services, now, explain }) => explain(() => sweepPictures(services, now))),
  nightly("scrub-origins", ({ services, now, explain }) =>
    explain(() => scrubOrigins(services, now, { contributions: 1_000, boards: 500, failures: 50, concurrency: 20 })),
  ),
  ...(Object.keys(PURGES) as PurgeName[]).map((name) =>
    nightly(name, ({ services, now, explain }) =>
      explain(() => purgeJob(name, { rows: 1_000, batches: 6 })({ ...services, now: () => now }, now)),
    ),
  ),
  nightly("reencrypt", ({ services, now, explain }) =>
    explain(() => reencrypt(services, now, { runMs: 600_000, pages: 20, pageRows: 1_000, pageBoards: 100 })),
  ),
  nightly("anonymise-boards", ({ services, now, explain }) =>
    explain(() =>
      anonymiseBoards(services, now, { limits: { boards: 500, page: 500, concurrency: 20, failures: 10 } }),
    ),
  ),
  nightly("anonymise-boards, what only Postgres has of a board", async ({ services, now, seeded, explain }) => {
    const board = { id: await seeded.ended(), partnerId: (await seeded.biggest()).partnerId };
    const { database, settings } = services;
    const erasure = { id: newId(now), cause: "bench", at: now, dreamBoardId: board.id };
    await explain(async () => {
      for (const erase of Object.values(BOARD_ERASERS)) {
        await erase({ database, keyring: keyringOf(settings), erasure }, board);
      }
    });
  }),
  nightly("finish-erasures", async ({ house, now, explain }) => {
    const { hostAccount } = hostAccountsInMemory();
    const services = { ...house.services, objects: { ...house.services.objects, hostAccount } };
    const { boardId, hostId } = await aLiveBoard(house);
    const host = await getHost(services, hostId);
    await services.database.insert(consents).values({ dreamBoardId: boardId, hostId, wording: "1", givenAt: now });
    await explain(async () => {
      await eraseHost(services, host, { note: "a bench" });
      await finishErasures(services);
    });
  }),
  online("claimRuns", ({ services, now, explain }) =>
    explain(async () => {
      const dueSince = new Date(now.getTime() - 60_000);
      const claim = () =>
        claimRuns(
          services,
          JOB_NAMES.map((name) => ({ name, dueSince, leaseMs: 0 })),
          now,
        );
      const [run] = await claim();
      if (run) await runClaimed(services, run, async () => ({}));
      await claim();
    }),
  ),
  nightly("job runs", ({ services, now, explain }) => explain(() => runJob("purge-idempotency-keys", services, now))),
];
