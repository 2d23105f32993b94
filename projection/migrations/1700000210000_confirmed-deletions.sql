-- Up Migration

-- The tenant as the confirmation of its deletion found it: its status, and the number of its newest operation. A tenant that is different at the
-- end of the grace period is not deleted.
ALTER TABLE deletion_requests ADD COLUMN confirmed_status text;
ALTER TABLE deletion_requests ADD COLUMN confirmed_seq integer;
CREATE INDEX deletion_requests_open ON deletion_requests (last_updated_at) WHERE state IN ('WAITING', 'CONFIRMED');
