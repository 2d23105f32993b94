-- Up Migration

-- The request behind a key, by an id of its own: runs and creations bear it, so that a repetition finds what an earlier try has begun.
-- A key that is forgotten and used again stands for another request.
ALTER TABLE idempotency_keys ADD COLUMN request_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid();
-- How often the request was taken up, and until when the last try has to be over.
ALTER TABLE idempotency_keys ADD COLUMN tries integer NOT NULL DEFAULT 1;
ALTER TABLE idempotency_keys ADD COLUMN claimed_until timestamptz NOT NULL DEFAULT clock_timestamp();
-- Text as it was sent: jsonb sorts members and refuses NUL.
ALTER TABLE idempotency_keys ALTER COLUMN headers TYPE json, ALTER COLUMN body TYPE json;

-- A creation is found by its request, not by a key that may be used again.
ALTER TABLE tenant_requests DROP COLUMN idempotency_key;
ALTER TABLE tenant_requests ADD COLUMN request_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid();

-- Finds removed tenants whose particulars are not blanked yet.
CREATE INDEX tenant_operations_removed ON tenant_operations (operation_id) WHERE removed_tenant ? 'adminEmail';
