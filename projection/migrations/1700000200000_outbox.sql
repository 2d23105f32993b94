-- Up Migration

-- Messages that follow from a committed change: they are written in the change's own transaction and delivered afterwards, however late.
-- The body is fixed here, so that every delivery of a message is the same to the byte. Delivered rows stay for a while: a repeated
-- change finds its message and writes none.
CREATE TABLE outbox (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel      text NOT NULL CHECK (channel IN ('EVENT', 'AUDIT', 'NOTIFICATION')),
  -- The message's own id; its receiver drops a repetition by it.
  key          text NOT NULL,
  tenant_id    uuid NOT NULL,
  -- The Temporal run that made the change; sent as X-Request-ID.
  run_id       text NOT NULL,
  body         jsonb NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Not before then: after a failure, and while another process is delivering it.
  next_try_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  tries        integer NOT NULL DEFAULT 0,
  last_error   text,
  delivered_at timestamptz,
  -- The receiver refused the message for good.
  refused_at   timestamptz,
  UNIQUE (channel, key)
);
CREATE INDEX outbox_open ON outbox (tenant_id, channel, id) WHERE delivered_at IS NULL AND refused_at IS NULL;

-- When the tenant first became ACTIVE. From then on only a confirmed deletion removes it.
ALTER TABLE tenants ADD COLUMN activated_at timestamptz;
UPDATE tenants SET activated_at = updated_at WHERE status IN ('ACTIVE', 'SUSPENDED');

-- The run ended without the service's knowledge (terminated, timed out, reset): its activities may be at work for a while after `ended_at`.
ALTER TABLE tenant_operations ADD COLUMN ended_uncleanly boolean NOT NULL DEFAULT false;
-- The API call that started the run, so that a repetition of the call finds it.
ALTER TABLE tenant_operations ADD COLUMN request_id text;
CREATE INDEX tenant_operations_request ON tenant_operations (request_id) WHERE request_id IS NOT NULL;
