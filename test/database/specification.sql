-- The SQL of the data specification, word for word and in its order: what the migrated database is held against.

CREATE EXTENSION IF NOT EXISTS "pgcrypto";

CREATE TABLE hosts (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  email VARCHAR(255) NOT NULL UNIQUE,
  name VARCHAR(100),
  created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE INDEX idx_hosts_email ON hosts(email);

CREATE TABLE partners (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  name VARCHAR(100) NOT NULL,
  created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE UNIQUE INDEX unique_partners_name ON partners(name);

CREATE TYPE dream_board_status AS ENUM (
  'draft',
  'active', 
  'funded',
  'closed',
  'paid_out',
  'expired',
  'cancelled'
);

CREATE TYPE gift_type AS ENUM (
  'takealot_product',
  'philanthropy'
);

CREATE TYPE payout_method AS ENUM (
  'takealot_gift_card',
  'karri_card_topup',
  'philanthropy_donation'
);

CREATE TABLE dream_boards (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  partner_id UUID NOT NULL REFERENCES partners(id) ON DELETE RESTRICT,
  host_id UUID NOT NULL REFERENCES hosts(id) ON DELETE CASCADE,
  slug VARCHAR(100) NOT NULL UNIQUE,
  
  -- Child details
  child_name VARCHAR(50) NOT NULL,
  child_photo_url TEXT NOT NULL,
  birthday_date DATE NOT NULL,
  
  -- Gift details
  gift_type gift_type NOT NULL,
  gift_data JSONB NOT NULL,
  goal_cents INTEGER NOT NULL,
  payout_method payout_method NOT NULL,
  overflow_gift_data JSONB, -- Required for takealot_product
  karri_card_number TEXT,

  -- Content
  message TEXT,
  
  -- Timing
  deadline TIMESTAMPTZ NOT NULL,
  
  -- Status
  status dream_board_status NOT NULL DEFAULT 'draft',
  
  -- Payout details (private)
  payout_email VARCHAR(255) NOT NULL,
  
  -- Timestamps
  created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
  
  -- Constraints
  CONSTRAINT valid_goal CHECK (goal_cents >= 2000), -- Minimum R20 goal
  CONSTRAINT valid_deadline CHECK (deadline > created_at),
  CONSTRAINT payout_method_valid CHECK (
    (gift_type = 'takealot_product' AND payout_method IN ('takealot_gift_card', 'karri_card_topup')) OR
    (gift_type = 'philanthropy' AND payout_method = 'philanthropy_donation')
  ),
  CONSTRAINT karri_card_required CHECK (
    (payout_method != 'karri_card_topup' OR karri_card_number IS NOT NULL)
  ),
  CONSTRAINT overflow_required CHECK (
    (gift_type = 'takealot_product' AND overflow_gift_data IS NOT NULL) OR
    (gift_type = 'philanthropy')
  )
);

CREATE INDEX idx_dream_boards_host ON dream_boards(host_id);
CREATE INDEX idx_dream_boards_partner ON dream_boards(partner_id);
CREATE INDEX idx_dream_boards_slug ON dream_boards(slug);
CREATE INDEX idx_dream_boards_status ON dream_boards(status);
CREATE INDEX idx_dream_boards_deadline ON dream_boards(deadline) WHERE status = 'active';

CREATE TYPE payment_status AS ENUM (
  'pending',
  'processing',
  'completed',
  'failed',
  'refunded'
);

CREATE TYPE payment_provider AS ENUM (
  'payfast',
  'ozow',
  'snapscan'
);

CREATE TABLE contributions (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  partner_id UUID NOT NULL REFERENCES partners(id) ON DELETE RESTRICT,
  dream_board_id UUID NOT NULL REFERENCES dream_boards(id) ON DELETE CASCADE,
  
  -- Contributor details (optional)
  contributor_name VARCHAR(100),
  message TEXT,
  
  -- Payment details
  amount_cents INTEGER NOT NULL,
  fee_cents INTEGER NOT NULL,
  net_cents INTEGER NOT NULL GENERATED ALWAYS AS (amount_cents - fee_cents) STORED,
  
  payment_provider payment_provider NOT NULL,
  payment_ref VARCHAR(255) NOT NULL,
  payment_status payment_status NOT NULL DEFAULT 'pending',
  
  -- Metadata (for fraud detection, not displayed)
  ip_address INET,
  user_agent TEXT,
  
  -- Timestamps
  created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
  
  -- Constraints
  CONSTRAINT valid_amount CHECK (amount_cents >= 2000), -- Minimum R20
  CONSTRAINT unique_payment_ref UNIQUE (payment_provider, payment_ref)
);

CREATE INDEX idx_contributions_dream_board ON contributions(dream_board_id);
CREATE INDEX idx_contributions_partner ON contributions(partner_id);
CREATE INDEX idx_contributions_status ON contributions(payment_status);
CREATE INDEX idx_contributions_pending_processing ON contributions(payment_status, created_at)
  WHERE payment_status IN ('pending', 'processing');
CREATE INDEX idx_contributions_payment_ref ON contributions(payment_provider, payment_ref);

CREATE TYPE payout_status AS ENUM (
  'pending',
  'processing',
  'completed',
  'failed'
);

CREATE TYPE payout_type AS ENUM (
  'takealot_gift_card',
  'philanthropy_donation',
  'karri_card_topup'
);

CREATE TABLE payouts (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  partner_id UUID NOT NULL REFERENCES partners(id) ON DELETE RESTRICT,
  dream_board_id UUID NOT NULL REFERENCES dream_boards(id),
  
  -- Payout details
  type payout_type NOT NULL,
  gross_cents INTEGER NOT NULL,
  fee_cents INTEGER NOT NULL,
  net_cents INTEGER NOT NULL,
  
  -- Recipient details (encrypted/hashed sensitive data)
  recipient_data JSONB NOT NULL,
  
  -- Status
  status payout_status NOT NULL DEFAULT 'pending',
  external_ref VARCHAR(255),
  error_message TEXT,
  
  -- Timestamps
  created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
  completed_at TIMESTAMPTZ,
  
  -- Constraints
  CONSTRAINT valid_amounts CHECK (gross_cents >= net_cents AND net_cents >= 0)
);

CREATE INDEX idx_payouts_status ON payouts(status);
CREATE INDEX idx_payouts_dream_board ON payouts(dream_board_id);
CREATE INDEX idx_payouts_partner ON payouts(partner_id);

CREATE TYPE payout_item_type AS ENUM ('gift', 'overflow');

CREATE TABLE payout_items (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  payout_id UUID NOT NULL REFERENCES payouts(id) ON DELETE CASCADE,
  dream_board_id UUID NOT NULL REFERENCES dream_boards(id) ON DELETE CASCADE,
  type payout_item_type NOT NULL,
  amount_cents INTEGER NOT NULL,
  metadata JSONB,
  created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
  CONSTRAINT valid_payout_item_amount CHECK (amount_cents >= 0)
);

CREATE INDEX idx_payout_items_payout ON payout_items(payout_id);
CREATE INDEX idx_payout_items_dream_board ON payout_items(dream_board_id);
CREATE INDEX idx_payout_items_type ON payout_items(type);
CREATE UNIQUE INDEX unique_payout_item_type ON payout_items(payout_id, type);

CREATE TYPE audit_actor_type AS ENUM ('admin', 'host', 'system');

CREATE TABLE audit_logs (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  actor_type audit_actor_type NOT NULL,
  actor_id UUID,
  actor_email VARCHAR(255),
  action VARCHAR(100) NOT NULL,
  target_type VARCHAR(50) NOT NULL,
  target_id VARCHAR(100) NOT NULL,
  metadata JSONB,
  ip_address INET,
  created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE INDEX idx_audit_logs_action ON audit_logs(action);
CREATE INDEX idx_audit_logs_target ON audit_logs(target_type, target_id);
CREATE INDEX idx_audit_logs_actor ON audit_logs(actor_type, actor_id);

CREATE TABLE api_keys (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  partner_id UUID NOT NULL REFERENCES partners(id) ON DELETE RESTRICT,
  partner_name VARCHAR(100) NOT NULL,
  key_hash VARCHAR(255) NOT NULL,  -- bcrypt hash
  key_prefix VARCHAR(12) NOT NULL, -- e.g., "cpk_live_abc"
  scopes TEXT[] NOT NULL DEFAULT '{}',
  rate_limit INTEGER NOT NULL DEFAULT 1000, -- requests per hour
  is_active BOOLEAN NOT NULL DEFAULT true,
  created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
  last_used_at TIMESTAMPTZ
);

CREATE INDEX idx_api_keys_prefix ON api_keys(key_prefix);
CREATE INDEX idx_api_keys_partner ON api_keys(partner_id);
CREATE INDEX idx_api_keys_active ON api_keys(is_active) WHERE is_active = true;

CREATE TABLE webhook_endpoints (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  api_key_id UUID NOT NULL REFERENCES api_keys(id) ON DELETE CASCADE,
  url TEXT NOT NULL,
  events TEXT[] NOT NULL DEFAULT '{}',
  secret TEXT NOT NULL,
  is_active BOOLEAN NOT NULL DEFAULT true,
  created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
  updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE INDEX idx_webhook_endpoints_api_key ON webhook_endpoints(api_key_id);
CREATE INDEX idx_webhook_endpoints_active ON webhook_endpoints(is_active) WHERE is_active = true;

CREATE TABLE webhook_events (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  api_key_id UUID REFERENCES api_keys(id),
  event_type VARCHAR(50) NOT NULL,
  payload JSONB NOT NULL,
  status VARCHAR(20) NOT NULL DEFAULT 'pending',
  attempts INTEGER NOT NULL DEFAULT 0,
  last_attempt_at TIMESTAMPTZ,
  last_response_code INTEGER,
  last_response_body TEXT,
  created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE INDEX idx_webhook_events_status ON webhook_events(status) WHERE status = 'pending';
CREATE INDEX idx_webhook_events_api_key ON webhook_events(api_key_id);

CREATE VIEW dream_boards_with_totals AS
SELECT 
  db.*,
  COALESCE(SUM(c.net_cents) FILTER (WHERE c.payment_status = 'completed'), 0) as raised_cents,
  COUNT(c.id) FILTER (WHERE c.payment_status = 'completed') as contribution_count,
  GREATEST(
    COALESCE(SUM(c.net_cents) FILTER (WHERE c.payment_status = 'completed'), 0) - db.goal_cents,
    0
  ) as overflow_cents
FROM dream_boards db
LEFT JOIN contributions c ON c.dream_board_id = db.id
GROUP BY db.id;

CREATE VIEW expiring_dream_boards AS
SELECT * FROM dream_boards
WHERE status = 'active'
  AND deadline BETWEEN NOW() AND NOW() + INTERVAL '7 days'
ORDER BY deadline ASC;
