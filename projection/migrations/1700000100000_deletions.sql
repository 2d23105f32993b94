-- Up Migration

-- Requests to delete a tenant. One row per wait for a confirmation; it outlives the tenant, hence no foreign key.
CREATE TABLE deletion_requests (
  original_run_id text PRIMARY KEY,
  tenant_id       uuid NOT NULL,
  slug            text NOT NULL,
  requested_by    text NOT NULL,
  -- A second admin whose code is needed too.
  approver        text,
  -- The codes derive from it and from a key that is not in the database.
  nonce           text NOT NULL,
  state           text NOT NULL CHECK (state IN ('WAITING', 'CONFIRMED', 'CALLED_OFF', 'EXPIRED', 'TRIES_EXHAUSTED', 'REFUSED')),
  reason          text,
  tries_left      integer NOT NULL,
  -- Admins whose codes came; `temporal` for one that came past the API.
  confirmed_by    jsonb NOT NULL DEFAULT '[]',
  grace_minutes   integer NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at      timestamptz NOT NULL,
  last_updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX deletion_requests_tenant ON deletion_requests (tenant_id, created_at);

-- Verdicts on confirmations, so that a repeated check costs no second try and the API can answer with them. Codes are not kept.
CREATE TABLE deletion_confirmations (
  run_id          text NOT NULL,
  number          integer NOT NULL,
  original_run_id text NOT NULL REFERENCES deletion_requests (original_run_id),
  request_id      text,
  verdict         jsonb NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (run_id, number)
);
CREATE INDEX deletion_confirmations_request ON deletion_confirmations (original_run_id, request_id);

-- What is left of a deleted tenant as proof of its deletion.
CREATE TABLE deletion_certificates (
  tenant_id    uuid PRIMARY KEY,
  operation_id uuid NOT NULL,
  certificate  json NOT NULL,
  issued_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
