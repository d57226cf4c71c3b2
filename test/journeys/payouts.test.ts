import { expect, it } from "vitest";
import { createApiKey } from "#accounts/api-keys";
import { partners } from "#database/schema";
import { startApi } from "../support/api.ts";
import { unique } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";

/** Money on its way out, through the whole platform: jobs and counterparties. */
const set = { TAKEALOT_GIFTCARD_AUTOMATION_ENABLED: "true", GIVENGAIN_AUTOMATION_ENABLED: "true" };
const api = await startApi({ set });

/** A partner whose key has not the scope with which partners pay themselves. */
async function aPartnerThatWePayFor() {
  const partnerName = unique("partner");
  const [partner] = await api.db.insert(partners).values({ name: partnerName }).returning();
  const partnerId = partner!.id;
  const scopes = ["dreamboards:read", "dreamboards:write"] as const;
  const { token: apiKey } = await createApiKey(api.db, { environment: "live", partnerId, partnerName, scopes });
  return { id: partnerId, apiKey };
}

it("a board with overflow is paid out by automation, each payout once", async () => {
  const partner = await aPartnerThatWePayFor();
  const product = {
    product_url: "https://www.takealot.com/lego/PLID12345678",
    product_name: "LEGO",
    product_price: 20_000,
  };
  const gift_data = { ...product, product_image: "https://media.takealot.com/lego.jpg" };
  const board = await api.createBoard({ goal_cents: 20_000, gift_data }, partner);
  const { reference } = await api.contribute(board.slug, { amount: "500" });
  await api.simulate(reference, "pay");
  api.platform.counterparties.givengain.mode = "slow";
  const close = await api.call("POST", `/v1/dream-boards/${board.id}/close`, { reason: "manual" }, partner.apiKey);
  expect(close.body.data.payouts).toMatchObject([{ net_cents: 20_000 }, { net_cents: 28_500 }]);

  let at = Date.now();
  const status = await eventually(async () => {
    at += 10 * 60_000;
    await api.runJob("execute-payouts", new Date(at));
    const { body } = await api.call("GET", `/v1/dream-boards/${board.id}`, undefined, partner.apiKey);
    return body.data.status === "closed" ? null : body.data.status;
  });

  expect(status).toBe("paid_out");
  const paid = api.platform.counterparties.books.newest();
  expect(
    paid.map(({ counterparty, amountCents, executions }) => [counterparty, amountCents, executions]).sort(),
  ).toEqual([
    ["givengain", 28_500, 1],
    ["takealot", 20_000, 1],
  ]);
});
