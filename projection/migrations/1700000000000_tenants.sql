-- Up Migration

-- The living tenants: a tenant that is gone has no row, so the unique indexes hold among the living only and decide races.
CREATE TABLE tenants (
  id             uuid PRIMARY KEY,
  name           text NOT NULL,
  slug           text NOT NULL,
  tier           text NOT NULL CHECK (tier IN ('FREE', 'PROFESSIONAL', 'ENTERPRISE')),
  status         text NOT NULL CHECK (status IN ('PROVISIONING', 'ACTIVE', 'SUSPENDED', 'DELETING', 'FAILED')),
  admin_email    text NOT NULL,
  cloud_provider text NOT NULL,
  region         text NOT NULL,
  environment    text NOT NULL,
  namespace      text NOT NULL,
  quota          jsonb,
  configuration  jsonb NOT NULL DEFAULT '{}',
  settings       jsonb NOT NULL DEFAULT '{}',
  ingress_ip     text,
  dns_zone       text,
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX tenants_slug ON tenants (slug);
CREATE UNIQUE INDEX tenants_name ON tenants (lower(name));
CREATE UNIQUE INDEX tenants_admin_email ON tenants (lower(admin_email));
CREATE INDEX tenants_created_at ON tenants (created_at, id);

-- Where a tenant's provisioning stands.
CREATE TABLE tenant_provisioning_state (
  tenant_id       uuid PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
  current_phase   text NOT NULL,
  status          text NOT NULL CHECK (status IN ('IN_PROGRESS', 'COMPLETED', 'FAILED')),
  failure_reason  text,
  phase_outputs   jsonb NOT NULL DEFAULT '{}',
  started_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  retry_count     integer NOT NULL DEFAULT 0
);

-- One row per Temporal run of an operation. It outlives the tenant, hence no foreign key.
CREATE TABLE tenant_operations (
  run_id          text PRIMARY KEY,
  tenant_id       uuid NOT NULL,
  seq             integer NOT NULL,
  operation_id    uuid NOT NULL,
  kind            text NOT NULL,
  actor           text NOT NULL,
  workflow_id     text NOT NULL,
  original_run_id text NOT NULL,
  slug            text NOT NULL,
  current_phase   text NOT NULL,
  status          text NOT NULL CHECK (status IN ('IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED', 'REFUSED')),
  failure_reason  text,
  phase_outputs   jsonb NOT NULL DEFAULT '{}',
  progress        jsonb NOT NULL DEFAULT '{}',
  violations      jsonb,
  -- The tenant as it was when this operation removed it.
  removed_tenant  jsonb,
  retry_count     integer NOT NULL DEFAULT 0,
  -- After an unclean end of the run before, its activities may still be at work until then.
  admissible_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at        timestamptz,
  UNIQUE (tenant_id, seq)
);
CREATE INDEX tenant_operations_runs ON tenant_operations (operation_id, seq);
CREATE INDEX tenant_operations_open ON tenant_operations (last_updated_at) WHERE status = 'IN_PROGRESS';

-- Creations the API accepted, until the workflow has admitted them and after.
CREATE TABLE tenant_requests (
  tenant_id       uuid PRIMARY KEY,
  slug            text NOT NULL,
  name            text NOT NULL,
  actor           text NOT NULL,
  idempotency_key text,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (actor, idempotency_key)
);

-- User tokens of the tenant issued before that time are refused.
CREATE TABLE token_revocations (
  tenant_id  uuid PRIMARY KEY,
  not_before timestamptz NOT NULL,
  reason     text NOT NULL
);

-- First answers to mutations that carried an idempotency key. No status: the first request is still being answered.
CREATE TABLE idempotency_keys (
  actor           text NOT NULL,
  idempotency_key text NOT NULL,
  fingerprint     text NOT NULL,
  status          integer,
  headers         jsonb,
  body            jsonb,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (actor, idempotency_key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
