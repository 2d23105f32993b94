import type { DeletionRequestState } from '../tenant/deletion.ts';
import type { TenantStatus } from '../tenant/lifecycle.ts';

/** A row of `deletion_requests`. */
export interface DeletionRequestRow {
  /** The first run of the wait; a reset keeps it. */
  originalRunId: string;
  tenantId: string;
  slug: string;
  requestedBy: string;
  approver: string | null;
  nonce: string;
  state: DeletionRequestState;
  reason: string | null;
  triesLeft: number;
  confirmedBy: string[];
  graceMinutes: number;
  /** The tenant's status at the confirmation; null before it. */
  confirmedStatus: TenantStatus | null;
  /** Sequence number of the tenant's newest operation at the confirmation; null before it. */
  confirmedSeq: number | null;
  createdAt: Date;
  expiresAt: Date;
  /** Seconds until `expiresAt` by the database's clock; negative afterwards. */
  secondsLeft: number;
  lastUpdatedAt: Date;
}

export const DELETION_REQUEST_COLUMNS = `
  original_run_id AS "originalRunId", tenant_id AS "tenantId", slug, requested_by AS "requestedBy", approver, nonce, state, reason,
  tries_left AS "triesLeft", confirmed_by AS "confirmedBy", grace_minutes AS "graceMinutes",
  confirmed_status AS "confirmedStatus", confirmed_seq AS "confirmedSeq", created_at AS "createdAt",
  expires_at AS "expiresAt", ceil(extract(epoch FROM expires_at - clock_timestamp()))::int AS "secondsLeft", last_updated_at AS "lastUpdatedAt"`;
