-- Up Migration

-- Parts of a tenant that a failed change left in another state than the row says: {since, operationId, parts}.
ALTER TABLE tenants ADD COLUMN mismatch jsonb;
