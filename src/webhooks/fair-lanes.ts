/** How one thing that was to be sent ended. `silent`: no answer came. Its receiver then keeps the others waiting. */
export type LaneEnd = "answered" | "silent" | "not_sent";

export type FairLanes<Item> = Readonly<{
  /** How many are sent at once. */
  lanes: number;
  /** How many of one endpoint are sent at once: while another endpoint waits, and when none does. */
  slots: Readonly<{ shared: number; alone: number }>;
  /** With one silent endpoint a partner keeps one lane; with two, nothing more of the partner is sent. */
  stopsPartners: boolean;
  endpointOf(item: Item): string;
  partnerOf(item: Item): string;
  /** Resolves as soon as the lane is free again. @throws never */
  send(item: Item): Promise<LaneEnd>;
  /** False once it is too late to begin anything. */
  mayBegin(): boolean;
}>;

/** What was not sent: `stopped` because its endpoint or its partner was silent, `late` because the time was up. */
export type Unsent<Item> = Readonly<{ stopped: Item[]; late: Item[] }>;

const MAX_SILENT_ENDPOINTS = 2;

type Partner = { busy: number; silent: Set<Endpoint<unknown>> };
type Endpoint<Item> = { waiting: Item[]; busy: number; isSilent: boolean; partner: Partner };

/**
 * Sends all items in a few lanes that everybody shares. The partner with the fewest items under way comes next, of its
 * endpoints the one with the fewest, so a hanging endpoint never holds a lane that another one could use. After a silence
 * nothing more is sent to that endpoint.
 */
export async function sendInFairLanes<Item>(items: readonly Item[], rules: FairLanes<Item>): Promise<Unsent<Item>> {
  const endpoints = groupByEndpoint(items, rules);
  const done = Promise.withResolvers<void>();
  let busy = 0;

  const begin = async (endpoint: Endpoint<Item>, item: Item) => {
    const { partner } = endpoint;
    for (const busyOne of [endpoint, partner]) busyOne.busy += 1;
    busy += 1;
    const end = await rules.send(item);
    for (const busyOne of [endpoint, partner]) busyOne.busy -= 1;
    busy -= 1;
    if (end === "silent") {
      endpoint.isSilent = true;
      if (rules.stopsPartners) partner.silent.add(endpoint);
    }
    fill();
  };
  const fill = () => {
    while (busy < rules.lanes && rules.mayBegin()) {
      const endpoint = nextOf(endpoints, rules.slots);
      const item = endpoint?.waiting.shift();
      if (!endpoint || item === undefined) break;
      begin(endpoint, item).catch(done.reject);
    }
    if (busy === 0) done.resolve();
  };
  fill();
  await done.promise;

  const unsent = endpoints.map((endpoint) => ({ isStopped: isStopped(endpoint), waiting: endpoint.waiting }));
  return {
    stopped: unsent.flatMap(({ isStopped, waiting }) => (isStopped ? waiting : [])),
    late: unsent.flatMap(({ isStopped, waiting }) => (isStopped ? [] : waiting)),
  };
}

function groupByEndpoint<Item>(items: readonly Item[], rules: FairLanes<Item>): Endpoint<Item>[] {
  const partners = new Map<string, Partner>();
  const endpoints = new Map<string, Endpoint<Item>>();
  for (const item of items) {
    const [partnerId, endpointId] = [rules.partnerOf(item), rules.endpointOf(item)];
    const partner = partners.get(partnerId) ?? { busy: 0, silent: new Set() };
    partners.set(partnerId, partner);
    const endpoint = endpoints.get(endpointId) ?? { waiting: [], busy: 0, isSilent: false, partner };
    endpoints.set(endpointId, endpoint);
    endpoint.waiting.push(item);
  }
  return [...endpoints.values()];
}

const isStopped = ({ isSilent, partner }: Endpoint<unknown>) => isSilent || partner.silent.size >= MAX_SILENT_ENDPOINTS;

function nextOf<Item>(endpoints: readonly Endpoint<Item>[], slots: FairLanes<Item>["slots"]): Endpoint<Item> | null {
  const waiting = endpoints.filter((endpoint) => endpoint.waiting.length > 0 && !isStopped(endpoint));
  const most = waiting.length === 1 ? slots.alone : slots.shared;
  const free = waiting.filter(({ busy, partner }) => busy < most && (partner.busy === 0 || partner.silent.size === 0));
  return free.reduce<Endpoint<Item> | null>((best, one) => (best && !isLessBusy(one, best) ? best : one), null);
}

function isLessBusy<Item>(one: Endpoint<Item>, other: Endpoint<Item>): boolean {
  return one.partner.busy === other.partner.busy ? one.busy < other.busy : one.partner.busy < other.partner.busy;
}
