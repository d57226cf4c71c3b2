/** What the seeding is made of. Everything follows from the numbers of rows, so that the same size gives the same rows. */
export type Seeding = Readonly<{ boards: number; contributions: number; now: Date; sealed: SealedSamples }>;

/** One ciphertext of each form, under the current key and under an older one. Every sealed value is a copy of one of them. */
export type SealedSamples = Readonly<{ current: string; older: string }>;

export const PARTNERS = 200;
/** The board that every 500th contribution goes to. It is open, and has been for a while. */
const biggest = (boards: number) => Math.ceil(boards * 0.98);

const HISTORY_DAYS = 1_000;
const BOARD_DAYS = 30;
const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";

/** The instant of the seeding in SQL. */
export const at = ({ now }: Seeding): string => `timestamptz '${now.toISOString()}'`;

/** A number from 0 to `below` - 1 that follows from an integer expression. */
export const drawn = (from: string, below: number): string => `(abs(hashint4((${from})::integer)::bigint) % ${below})`;

/** A UUIDv7 of an instant and the MD5 of a name: time-ordered, as the product mints them. */
export const idOf = (at: string, digest: string): string =>
  `(lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0') || '7' || left(${digest}, 3) || 'a'
    || substr(${digest}, 4, 15))::uuid`;

/** The low 50 bits of that id, and the ten characters that the product writes them as. */
const lowBits = (digest: string): string => `('x000' || substr(${digest}, 6, 13))::bit(64)::bigint`;
const tailOf = (bits: string): string =>
  Array.from({ length: 10 }, (_, k) => `substr('${CROCKFORD}', ((${bits} >> ${45 - 5 * k}) & 31)::int + 1, 1)`).join(
    " || ",
  );

/** The plan of all boards and contributions, in a schema that is dropped at the end. */
export function plan(seeding: Seeding): string[] {
  const { boards, contributions } = seeding;
  const now = at(seeding);
  return [
    "CREATE SCHEMA seeding",
    `CREATE UNLOGGED TABLE seeding.partners AS
      SELECT p, md5('partner ' || p)::uuid AS id, md5('key ' || p)::uuid AS key_id, md5('endpoint ' || p)::uuid AS endpoint_id
      FROM generate_series(1, ${PARTNERS}) AS p`,
    // Opened evenly over the history, so that 3 % are open and 2 % wait to be paid out.
    `CREATE UNLOGGED TABLE seeding.boards AS
      SELECT n, id, ${tailOf("bits")} AS code, partner_id, host_id, created_at, deadline, status, method
      FROM (
        SELECT n, created_at, ${idOf("created_at", "digest")} AS id, ${lowBits("digest")} AS bits,
          created_at + interval '${BOARD_DAYS} days' AS deadline,
          CASE WHEN p = 0 THEN 1 ELSE p END AS p,
          md5('host ' || n * 7 % ${Math.ceil(boards * 0.7)})::uuid AS host_id,
          CASE WHEN age <= ${BOARD_DAYS / HISTORY_DAYS} THEN CASE WHEN n % 4 = 0 THEN 'funded' ELSE 'active' END
            WHEN age <= ${BOARD_DAYS / HISTORY_DAYS + 0.02} THEN 'closed'
            WHEN n % 100 < 7 THEN 'expired' WHEN n % 100 < 10 THEN 'cancelled' ELSE 'paid_out' END AS status,
          (ARRAY['takealot_gift_card', 'takealot_gift_card', 'takealot_gift_card', 'karri_card_topup',
            'philanthropy_donation'])[n % 5 + 1] AS method
        FROM (
          -- The oldest open board is a little past its deadline: it is due to be closed.
          SELECT n, md5('board ' || n) AS digest, (${boards} - n)::float / ${boards} AS age,
            ${now} - interval '10 minutes' - interval '${HISTORY_DAYS} days' * (${boards} - n)::float / ${boards} AS created_at,
            CASE WHEN n = ${biggest(boards)} OR ${drawn("n", 100)} < 40 THEN 1 ELSE 2 + ${drawn("n * 31", PARTNERS - 1)} END AS p
          FROM generate_series(1, ${boards}) AS n OFFSET 0) AS ages OFFSET 0) AS planned
      JOIN (SELECT p, id AS partner_id FROM seeding.partners) AS owners USING (p)
      ORDER BY n`,
    `CREATE UNLOGGED TABLE seeding.contributions AS
      SELECT i, id, board_id, board_status, partner_id, created_at, amount, amount * 3 / 100 AS fee, provider, status,
        code || ${tailOf("bits")} AS reference,
        least(created_at + interval '2 minutes', ${now}) AS changed_at
      FROM (
        SELECT i, ${idOf("begun", "digest")} AS id, ${lowBits("digest")} AS bits, b.id AS board_id, b.status AS board_status,
          b.partner_id, b.code, begun AS created_at, 5000 + i % 40 * 1000 AS amount,
          (ARRAY['payfast', 'payfast', 'ozow', 'snapscan'])[i % 4 + 1] AS provider,
          CASE WHEN b.status = 'expired' THEN 'failed'
            WHEN b.status = 'cancelled' THEN CASE WHEN h < 85 THEN 'refunded' ELSE 'failed' END
            WHEN h < 30 AND begun > ${now} - interval '2 hours' THEN 'pending'
            WHEN h = 99 AND begun > ${now} - interval '6 days' THEN 'processing'
            WHEN h < 85 THEN 'completed' WHEN h < 87 THEN 'refunded' ELSE 'failed' END AS status
        FROM (
          SELECT i, md5('contribution ' || i) AS digest, CASE WHEN i % 500 = 0 THEN ${biggest(boards)} ELSE i % ${boards} + 1 END AS n,
            ${drawn("i", 100)} AS h, ${drawn("i * 17 % 1000003", 10_000)} AS moment
          FROM generate_series(1, ${contributions}) AS i OFFSET 0) AS numbered
        JOIN seeding.boards b USING (n)
        CROSS JOIN LATERAL (
          SELECT b.created_at + (least(b.deadline, ${now}) - b.created_at) * (moment / 10000.0) AS begun) AS drawn
        OFFSET 0) AS planned
      ORDER BY created_at`,
    "ANALYZE seeding.partners, seeding.boards, seeding.contributions",
  ];
}

/** Partners, hosts, boards and contributions: what all other tables refer to. */
export function foundations(seeding: Seeding): string[] {
  const now = at(seeding);
  const { current, older } = seeding.sealed;
  const hosts = Math.ceil(seeding.boards * 0.7);
  return [
    "INSERT INTO partners (id, name) SELECT id, 'Partner ' || p FROM seeding.partners",
    `INSERT INTO api_keys (id, partner_id, partner_name, key_hash, key_prefix, scopes)
      SELECT key_id, id, 'Partner ' || p, '$2b$10$' || md5(p::text), 'cpk_live_' || lpad(to_hex(p), 3, '0'), '{contributions:read}'
      FROM seeding.partners`,
    `INSERT INTO webhook_endpoints (id, api_key_id, url, events, secret, created_at)
      SELECT endpoint_id, key_id, 'https://partner-' || p || '.example.com/hooks',
        '{dreamboard.created,dreamboard.updated,contribution.received,pot.funded,pot.closed,payout.ready,payout.completed}',
        CASE WHEN p % 10 = 0 THEN '${older}' ELSE '${current}' END, ${now} - interval '1100 days'
      FROM seeding.partners WHERE p <= ${PARTNERS * 0.6}`,
    `INSERT INTO hosts (id, email, name, created_at)
      SELECT md5('host ' || h)::uuid, 'host-' || h || '@example.org', 'Host ' || h, ${now} - interval '1001 days'
      FROM generate_series(0, ${hosts - 1}) AS h`,
    `INSERT INTO dream_boards (id, partner_id, host_id, slug, child_name, child_photo_url, birthday_date, gift_type,
        gift_data, goal_cents, payout_method, overflow_gift_data, karri_card_number, message, deadline, status,
        payout_email, created_at, updated_at)
      SELECT id, partner_id, host_id, 'maya-birthday-' || code, 'Maya', 'https://example.com/photos/' || n || '.jpg',
        deadline::date + 1,
        (CASE WHEN method = 'philanthropy_donation' THEN 'philanthropy' ELSE 'takealot_product' END)::gift_type,
        CASE WHEN method = 'philanthropy_donation'
          THEN '{"type": "philanthropy", "causeId": "greenpop", "causeName": "Plant Trees", "causeDescription": "Trees",
            "causeImage": "https://example.com/trees.jpg", "impactDescription": "Plant 3 trees"}'::jsonb
          ELSE '{"type": "takealot_product", "productUrl": "https://www.takealot.com/bicycle/PLID123",
            "productName": "Bicycle", "productImage": "https://media.takealot.com/bicycle.jpg", "productPrice": 250000}' END,
        100000 + n % 50 * 10000, method::payout_method,
        CASE WHEN method <> 'philanthropy_donation' THEN
          '{"causeId": "greenpop", "causeName": "Plant Trees", "impactDescription": "Plant 3 trees"}'::jsonb END,
        CASE WHEN method = 'karri_card_topup' THEN CASE WHEN n % 50 = 3 THEN '${older}' ELSE '${current}' END END,
        'Thank you all!', deadline, status::dream_board_status, 'family-' || n || '@example.org', created_at,
        least(deadline, ${now})
      FROM seeding.boards ORDER BY n`,
    // Addresses are kept for 30 days; a few older ones have not been erased yet.
    `INSERT INTO contributions (id, partner_id, dream_board_id, contributor_name, message, amount_cents, fee_cents,
        payment_provider, payment_ref, payment_status, ip_address, user_agent, created_at, updated_at)
      SELECT id, partner_id, board_id, 'Guest ' || i, CASE WHEN i % 3 > 0 THEN 'Enjoy your day, dear Maya!' END, amount, fee,
        provider::payment_provider, reference, status::payment_status,
        CASE WHEN has_origin THEN '105.0.0.0'::inet + i END,
        CASE WHEN has_origin THEN 'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0 Mobile' END,
        created_at, changed_at
      FROM (SELECT *, created_at > ${now} - interval '30 days' OR (created_at > ${now} - interval '60 days' AND i % 10 = 0)
        AS has_origin FROM seeding.contributions) AS planned
      ORDER BY created_at`,
  ];
}
