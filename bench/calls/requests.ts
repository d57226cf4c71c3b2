import { createHash } from "node:crypto";
import { eq } from "drizzle-orm";
import { createApiKey } from "#accounts/api-keys";
import { countBoardOfHost } from "#accounts/board-quota";
import { askForEmailChange, confirmEmailChange, findEmailChange, renameHost } from "#accounts/change-host";
import { findOrCreateHost } from "#accounts/hosts";
import { claimKey, releaseKey, storeResponse } from "#accounts/idempotency-keys";
import { issueApiKey } from "#accounts/issue-api-key";
import { getApiKey, listApiKeys } from "#accounts/known-keys";
import { linkTokenDigest, mintLinkToken } from "#accounts/link-token";
import { findPartnerContact, removePartnerContact, setPartnerContact } from "#accounts/partner-contacts";
import { createPartner, getPartner, listPartners, setPartnerLimits } from "#accounts/partners";
import { revokeApiKey } from "#accounts/revoke-api-key";
import { rotateApiKey } from "#accounts/rotate-api-key";
import { SCOPES } from "#accounts/scopes";
import {
  acceptInvitation,
  findInvitation,
  findSecondParent,
  inviteSecondParent,
  leaveBoard,
  removeSecondParent,
} from "#accounts/second-parent";
import { updateApiKey } from "#accounts/update-api-key";
import { verifyApiKey } from "#accounts/verify-api-key";
import { listBoardActs } from "#boards/board-history";
import { listCauses } from "#boards/causes";
import { exportLedger } from "#boards/export-ledger";
import { listBoards } from "#boards/list-boards";
import { listHostBoards } from "#boards/list-host-boards";
import { boardsOfSecondParent, getManagedBoard } from "#boards/managed-board";
import { getContribution, listContributions } from "#boards/read-contributions";
import { boardManagers, emailChanges } from "#database/host-tables";
import { boardReports, mailMessages } from "#database/own-tables";
import { recordProjectionFailure, resolveProjectionFailures } from "#database/projection-failures";
import { ADMIN } from "#domain/board/actor";
import { newId, publicId } from "#domain/ids";
import { cents } from "#domain/money";
import { addDays } from "#domain/time";
import { sendMails } from "#mail/send";
import { reportBoard, resolveReport } from "#operations/board-reports";
import { projectAgain, restoreBoard } from "#operations/boards";
import { putCause, retireCause } from "#operations/causes";
import { dismissDeadLetter, keepDeadLetters, listDeadLetters } from "#operations/dead-letters";
import { planErasure } from "#operations/erase-host";
import { exportHost, getHost } from "#operations/export-host";
import { clearFlag } from "#operations/flags";
import { healthOf } from "#operations/health";
import { latestJobRuns } from "#operations/job-runs";
import { confirmManualRefund, refundContribution, retryRefund, withdrawRefund } from "#operations/refunds";
import { reviewQueue } from "#operations/review-queue";
import { resolveDifference } from "#operations/settlement-differences";
import { findGiftCard, forgetGiftCards, keepGiftCard } from "#payouts/gift-cards";
import { listPayoutQueue, listPayouts, listPendingPayouts, PAYOUT_QUEUES } from "#payouts/read-payouts";
import type { BoardObject } from "#platform/objects";
import { project } from "#projection/project";
import { noteReturn } from "#reconciliation/open-payments";
import { advanceDeliveries } from "#webhooks/advance-deliveries";
import { changeEndpoint } from "#webhooks/change-endpoint";
import { getEvent } from "#webhooks/get-event";
import { listAttempts } from "#webhooks/list-attempts";
import { listEvents } from "#webhooks/list-events";
import { listEndpoints } from "#webhooks/read-endpoints";
import { registerEndpoint } from "#webhooks/register-endpoint";
import { rotateSecret } from "#webhooks/rotate-secret";
import { recoverEndpoint, redeliverEvent } from "#webhooks/send-events-again";
import { sendTestEvent } from "#webhooks/send-test-event";
import { JOB_NAMES } from "../../src/jobs/schedule.ts";
import { hostAccountsInMemory } from "../../test/accounts/host-accounts.ts";
import { limitersInMemory } from "../../test/fraud/support.ts";
import { contextOf } from "../../test/projection/support.ts";
import { aLiveBoard } from "../../test/reconciliation/support.ts";
import { boardProfile, TestBoard } from "../../test/support/board.ts";
import { aPartner } from "../../test/support/database.ts";
import { aDelivery, deliverWebhook } from "../../test/webhooks/support.ts";
import { type Call, online } from "./scene.ts";

/** What requests, boards' objects and consumers ask of Postgres. */

const accepts = { fetch: async () => Response.json({ id: "accepted" }) };

const PARTNER_API: readonly Call[] = [
  online("verifyApiKey", async ({ services, house, explain }) => {
    const { database } = house.services;
    const { id: partnerId, name: partnerName } = await aPartner(database);
    const key = { environment: "live", partnerId, partnerName, scopes: SCOPES } as const;
    const { token } = await createApiKey(database, key);
    await explain(() => verifyApiKey(services, token, "203.0.113.7"));
  }),
  online("noteReturn", async ({ services, explain }) => {
    await explain(() => noteReturn(services, { reference: "8k3m9q2rtw0v5x7yz1ab", provider: "payfast" }));
  }),
  online("listPendingPayouts", async ({ services, seeded, explain }) => {
    const { partnerId } = await seeded.biggest();
    await explain(async () => {
      await listPendingPayouts(services, { partnerId, limit: 21 });
      await listPendingPayouts(services, { partnerId, type: "karri_card_topup", limit: 21 });
    });
  }),
  online("listPayouts", async ({ services, now, seeded, explain }) => {
    const { partnerId } = await seeded.biggest();
    const page = { partnerId, limit: 21 };
    const after = { createdAt: addDays(now, -15).toISOString(), id: newId(addDays(now, -15)) };
    await explain(async () => {
      await listPayouts(services, page);
      await listPayouts(services, { ...page, status: "failed", after });
      await listPayouts(services, { ...page, type: "karri_card_topup", created: { before: addDays(now, -30) } });
    });
  }),
  online("listBoards", async ({ services, now, seeded, explain }) => {
    const { partnerId } = await seeded.biggest();
    const page = { partnerId, sandbox: false, limit: 21 };
    const after = { createdAt: addDays(now, -15).toISOString(), id: newId(addDays(now, -15)) };
    const hostEmailDigest = createHash("sha256").update("host-1@example.org").digest("hex");
    await explain(async () => {
      await listBoards(services, page);
      await listBoards(services, { ...page, after });
      await listBoards(services, { ...page, status: "cancelled", after });
      await listBoards(services, { ...page, created: { from: addDays(now, -30), before: addDays(now, -20) } });
      await listBoards(services, { ...page, hostEmailDigest });
      await listBoards(services, { ...page, hostEmailDigest, status: "active", after });
    });
  }),
  online("listHostBoards", async ({ services, now, seeded, explain }) => {
    const { hostId } = await seeded.biggest();
    const after = { createdAt: addDays(now, -15).toISOString(), id: newId(addDays(now, -15)) };
    await explain(async () => {
      await listHostBoards(services, { hostId, shared: [], limit: 21 });
      await listHostBoards(services, { hostId, shared: [newId(now)], after, limit: 21 });
    });
  }),
  online("findOrCreateHost", ({ services, explain }) =>
    explain(async () => {
      await findOrCreateHost(services.database, "host-1@example.org");
      await findOrCreateHost(services.database, "new@example.org");
    }),
  ),
  online("countBoardOfHost", async ({ services, seeded, explain }) => {
    const { partnerId } = await seeded.biggest();
    const { rateLimiter } = limitersInMemory();
    const counting = { ...services, objects: { ...services.objects, rateLimiter } };
    await explain(() => countBoardOfHost(counting, { partnerId, sandbox: false }, "host-1@example.org"));
  }),
  online("idempotency keys", async ({ services, now, seeded, explain }) => {
    const use = { apiKeyId: await seeded.apiKey(), route: "POST /v1/dream-boards", key: "a new key" };
    await explain(async () => {
      await claimKey(services, use, { fingerprint: "f", resourceId: newId(now) });
      await releaseKey(services, use);
      await claimKey(services, use, { fingerprint: "f", resourceId: newId(now) });
      await storeResponse(services, use, { status: 201, data: {} });
    });
  }),
  online("listContributions", async ({ services, now, seeded, explain }) => {
    const { id: boardId, partnerId } = await seeded.biggest();
    const page = { partnerId, boardId, limit: 51 };
    const after = { createdAt: addDays(now, -15).toISOString(), id: newId(addDays(now, -15)) };
    await explain(async () => {
      await listContributions(services, page);
      await listContributions(services, { ...page, status: "completed" });
      await listContributions(services, { ...page, after });
      await getContribution(services, partnerId, newId(now)).catch(() => null);
    });
  }),
  online("partner events", async ({ services, now, seeded, explain }) => {
    const { id: boardId, partnerId } = await seeded.biggest();
    const owner = await seeded.partnerOf(await seeded.apiKey());
    const endpoint = await seeded.endpointOf(owner);
    const event = await seeded.event(owner);
    const page = { type: null, boardId: null, after: null, limit: 21 };
    await explain(async () => {
      await listEvents(services, partnerId, page);
      await listEvents(services, partnerId, { ...page, after: 1_000 });
      await listEvents(services, partnerId, { ...page, type: "payout.failed" });
      await listEvents(services, partnerId, { ...page, boardId });
      await getEvent(services, owner, event);
      await redeliverEvent(services, { partnerId: owner, eventId: event }).catch(() => null);
      await recoverEndpoint(services, { partnerId: owner, id: endpoint }, addDays(now, -2));
      await sendTestEvent(services, { partnerId: owner, id: endpoint }, newId(now));
    });
  }),
  online("webhook endpoints", async ({ services, now, seeded, explain }) => {
    const endpoint = {
      id: newId(now),
      apiKeyId: await seeded.apiKey(),
      url: "https://a.test",
      secret: "a secret",
      events: [],
    };
    const partnerId = await seeded.partnerOf(endpoint.apiKeyId);
    const which = { partnerId, id: endpoint.id };
    await explain(async () => {
      await registerEndpoint(services, endpoint);
      await listEndpoints(services, { partnerId, limit: 21 });
      await listEndpoints(services, {
        partnerId,
        state: "deleted",
        limit: 21,
        after: { createdAt: now.toISOString(), id: endpoint.id },
      });
      await rotateSecret(services, which, { overlapHours: 24 });
      for (const state of ["paused", "active", "deleted"] as const) {
        await changeEndpoint(services, which, { state, url: `https://${state}.test` });
      }
    });
  }),
  online("advanceDeliveries", async ({ services, now, seeded, explain }) => {
    const { id } = await seeded.biggest();
    await explain(() => advanceDeliveries(services, id, addDays(now, 1)));
  }),
];

const PROJECTION: readonly Call[] = [
  online("project, event by event", async ({ house, seeded, explain }) => {
    const { partnerId } = await seeded.biggest();
    await explain(async () => {
      const live = await aLiveBoard(house, { partnerId, goal: cents(40_000) });
      const [one, other] = [await live.paid(20_000, "ozow"), await live.paid()];
      const late = await live.begin();
      await live.execute({
        type: "update_board",
        message: "Hello",
        contributors: [{ contributionId: live.of(one).id, name: "hidden" }],
      });
      await live.requestRefund(one);
      await live.reportRefund(one, "processing");
      await live.withdrawRefund(other);
      await live.execute({ type: "place_hold" });
      await live.close();
      await live.execute({ type: "lift_hold" });
      await live.paid().catch(() => undefined);
      await live.report({ ...reportOf(late), amount: cents(19_000) });
      await live.report(reportOf(late));
      const [payout] = [...live.state.payouts.keys()];
      if (!payout) throw new Error("the board has no payout");
      const execution = newId(house.clock.now);
      await live.board.execute(
        { type: "start_payout", payoutId: payout, method: "hand", execution },
        { by: ADMIN, requestId: "req" },
      );
    });
  }),
  online("project, 400 events at once", async ({ house, seeded, explain }) => {
    const { database } = house.services;
    const { id: partnerId } = { id: (await seeded.biggest()).partnerId };
    const { id: hostId } = await findOrCreateHost(database, "host-1@example.org");
    const board = new TestBoard({ partnerId, hostId, goal: cents(100_000_000) });
    for (let nth = 0; nth < 200; nth += 1) board.paid(20_000);
    const { terms } = board.state;
    if (!terms) throw new Error("the board is not open");
    const contributor = (id: string) => board.journal.contributorProfile(id);
    const profiles = { terms, profile: boardProfile(board.boardId), contributor, origin: () => null };
    await explain(() => project(contextOf(house.database), profiles, board.log.slice(0, 400)));
  }),
  online("projection failures", async ({ services, now, seeded, explain }) => {
    const { id } = await seeded.biggest();
    await explain(async () => {
      await recordProjectionFailure(services.database, id, { seq: 3, type: "board_closed" }, new Error("refused"), now);
      await resolveProjectionFailures(services.database, id, 3, now);
    });
  }),
];

const reportOf = (reference: string) => ({
  provider: "payfast" as const,
  reference,
  status: "completed" as const,
  amount: cents(20_000),
  providerPaymentId: `pf-${reference}`,
  eventKey: reference,
  providerStatus: "COMPLETE",
});

const CONSUMERS: readonly Call[] = [
  online("sendMails", async ({ services, now, seeded, explain }) => {
    const mails = [await seeded.mail("contribution_received"), await seeded.mail("board_closed")];
    mails.push(await seeded.adminMail(), await seeded.settlementMail(), await seeded.partnerMail());
    const [closed] = await services.database
      .select()
      .from(mailMessages)
      .where(eq(mailMessages.id, mails[1] ?? ""));
    const { hostId } = await seeded.biggest();
    const invited = { invitedBy: hostId, invitedEmail: "second@example.org", invitedAt: now };
    const shared = { dreamBoardId: closed?.dreamBoardId ?? "", ...invited, hostId, acceptedAt: now };
    await services.database.insert(boardManagers).values(shared);
    await explain(() => sendMails(services, mails, accepts));
  }),
  online("deliverWebhook", async ({ services, house, explain }) => {
    const { id } = await aDelivery(house.database, services);
    await explain(() => deliverWebhook(services, id, accepts));
  }),
];

const OPERATORS: readonly Call[] = [
  online("reviewQueue", ({ services, explain }) => explain(() => reviewQueue(services))),
  online("health", ({ services, now, explain }) => explain(() => healthOf(services, now, []))),
  online("dead letters", async ({ services, now, explain }) => {
    const letter = { queue: "mail", subject: newId(now), body: { mailId: newId(now) } };
    await explain(async () => {
      await keepDeadLetters(services, [letter]);
      await keepDeadLetters(services, [letter]);
      const [open] = await listDeadLetters(services);
      if (open) await dismissDeadLetter(services, open.id, "a bench");
    });
  }),
  online("latestJobRuns", ({ services, explain }) => explain(() => latestJobRuns(services, JOB_NAMES))),
  online("listAttempts", async ({ services, seeded, explain }) => {
    const id = await seeded.delivery();
    await explain(() => listAttempts(services, id));
  }),
  online("partners", ({ services, explain }) =>
    explain(async () => {
      const { id } = await createPartner(services, "A new partner");
      const note = "their contract";
      const key = await issueApiKey(services, id, { environment: "live", scopes: SCOPES });
      await setPartnerLimits(services, id, { requestsPerHour: 2_000, boardsPerHost: 10 }, note);
      await setPartnerContact(services, id, { email: "dev@example.org", note });
      await findPartnerContact(services, id);
      await removePartnerContact(services, id, note);
      await listPartners(services, { after: undefined, limit: 100 });
      await getPartner(services, id);
      await listApiKeys(services, id);
      await updateApiKey(services, key.id, { allowedAddresses: ["203.0.113.0/24"] }, note);
      await rotateApiKey(services, key.id, { overlapHours: 1, expiresAt: null, note });
      await revokeApiKey(services, await getApiKey(services, key.id), note);
    }),
  ),
  online("refunds", async ({ services, house, explain }) => {
    const live = await aLiveBoard(house);
    const [one, other] = [await live.paid(), await live.paid()];
    const refundOf = async (reference: string) => {
      const { rows } = await house.database.postgres.query({
        text: "SELECT id FROM refunds WHERE contribution_id = $1",
        params: [live.of(reference).id],
      });
      return rows[0]?.[0] ?? "";
    };
    const note = "spoke with the host";
    await explain(async () => {
      for (const reference of [one, other]) {
        await refundContribution(services, { contributionId: live.of(reference).id, providerPaymentId: null, note });
      }
      await withdrawRefund(services, await refundOf(other), note);
      await live.reportRefund(one, "failed");
      await retryRefund(services, await refundOf(one));
      await live.reportRefund(one, "needs_manual_action");
      await confirmManualRefund(services, await refundOf(one), { providerRefundId: null, note });
      await live.close();
      await projectAgain(services, live.boardId, 0);
    });
  }),
  online("clearFlag", async ({ services, house, explain }) => {
    const live = await aLiveBoard(house);
    const reference = await live.begin();
    await live.report({ ...reportOf(reference), amount: cents(19_000) });
    const [flag] = live.state.flags.values();
    if (!flag) throw new Error("the board has no flag");
    const { contributionId, providerPaymentId, flag: kind } = flag;
    await explain(() =>
      clearFlag(services, { boardId: live.boardId, flag: kind, contributionId, providerPaymentId, note: "looked" }),
    );
  }),
  online("resolveDifference", async ({ services, seeded, explain }) => {
    const id = await seeded.openDifference();
    await explain(() => resolveDifference(services, id, "explained"));
  }),
  online("restoreBoard", async ({ services, seeded, explain }) => {
    const { id } = await seeded.biggest();
    // Only what the restore calls.
    const empty = { headSeq: 0, headHash: "", restoring: false };
    const board = () => ({ inspect: () => empty, restore: () => ({ restored: true }) }) as unknown as BoardObject;
    await explain(() => restoreBoard({ ...services, objects: { ...services.objects, board } }, id));
  }),
  online("gift cards", async ({ services, now, seeded, explain }) => {
    const order = await seeded.giftCard();
    await explain(async () => {
      await keepGiftCard(services, { ...order, externalRef: "another order" }, { code: "1234", url: null });
      await findGiftCard(services, order);
      await forgetGiftCards(services, order.payoutId, now);
    });
  }),
  ...PAYOUT_QUEUES.map((queue) =>
    online(`listPayoutQueue, ${queue}`, ({ services, explain }) =>
      explain(() => listPayoutQueue(services, { queue, limit: 100 })),
    ),
  ),
  online("exportLedger", async ({ services, seeded, explain }) => {
    const { id } = await seeded.biggest();
    await explain(async () => {
      for await (const _ of exportLedger(services, id));
    });
  }),
];

const HOSTS: readonly Call[] = [
  online("second parents", async ({ house, now, explain }) => {
    const { rateLimiter } = limitersInMemory();
    const services = { ...house.services, objects: { ...house.services.objects, rateLimiter } };
    const { boardId, hostId } = await aLiveBoard(house);
    const board = { id: boardId, hostId };
    const { id: second } = await findOrCreateHost(services.database, `${newId(now)}@example.org`);
    await explain(async () => {
      const token = await inviteSecondParent(services, board, "second@example.org");
      await findInvitation(services, { boardId, token });
      await acceptInvitation(services, { boardId, token, hostId: second });
      await getManagedBoard(services, second, publicId("board", boardId));
      await boardsOfSecondParent(services, second);
      await findSecondParent(services, board);
      await leaveBoard(services, boardId, second);
      await removeSecondParent(services, board);
    });
  }),
  online("a host's account", async ({ house, now, explain }) => {
    const { rateLimiter } = limitersInMemory();
    const { hostAccount } = hostAccountsInMemory();
    const objects = { ...house.services.objects, rateLimiter, hostAccount };
    // No mail goes out: this address answers nothing.
    const settings = { ...house.services.settings, RESEND_BASE_URL: "http://127.0.0.1:9" };
    const services = { ...house.services, settings, objects };
    const { hostId, boardId } = await aLiveBoard(house);
    const { email, name } = await getHost(services, hostId);
    const host = { id: hostId, email, name };
    const token = mintLinkToken();
    await explain(async () => {
      await renameHost(services, host, "A name");
      await askForEmailChange(services, host, "first@example.org");
      const change = { newEmail: "next@example.org", tokenDigest: linkTokenDigest(token) ?? "", askedAt: now };
      await services.database.update(emailChanges).set(change).where(eq(emailChanges.hostId, hostId));
      await findEmailChange(services, hostId, token);
      await confirmEmailChange(services, host, token);
      await exportHost(services, await getHost(services, "next@example.org"));
      await planErasure(services, host);
      await listBoardActs(services, boardId);
    });
  }),
  online("causes and reports", async ({ services, house, explain }) => {
    const { boardId } = await aLiveBoard(house);
    const impacts = [{ goal: cents(5_000), impact: "Plant a tree" }];
    const words = { organisation: "Trees", npoNumber: "1", description: "Trees", image: "/t.webp", impacts, sort: 99 };
    await explain(async () => {
      await putCause(services, { id: "trees", name: "Trees", category: "environment", ...words }, "a bench");
      await retireCause(services, "trees", "a bench");
      await listCauses(services);
      await reportBoard(services, { boardId, reason: "fake", words: null });
      const [report] = await services.database
        .select()
        .from(boardReports)
        .where(eq(boardReports.dreamBoardId, boardId));
      if (report) await resolveReport(services, report.id, "a bench");
    });
  }),
];

export const REQUESTS: readonly Call[] = [...HOSTS, ...PARTNER_API, ...PROJECTION, ...CONSUMERS, ...OPERATORS];
