-- Up Migration

-- What was made under a tenant's names, with the ids that outside systems gave it. A thing that has lost its mark of ownership is told by it
-- from one that never was the tenant's, and is found again when the settings name another resource group or parent zone.
ALTER TABLE tenants ADD COLUMN holdings jsonb NOT NULL DEFAULT '{}';
