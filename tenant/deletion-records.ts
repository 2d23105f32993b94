import { effectId } from './events.ts';
import { auditMessage, type Message } from './messages.ts';

/** Types of audit records about a deletion request. */
export type DeletionRecordType =
  | 'TENANT_DELETION_REQUESTED' | 'TENANT_DELETION_CONFIRMED' | 'TENANT_DELETION_CONFIRMATION_REFUSED' | 'TENANT_DELETION_CALLED_OFF';

/** The stored request of a record. */
export interface RecordedRequest {
  originalRunId: string;
  tenantId: string;
  slug: string;
}

export interface DeletionFacts {
  [fact: string]: unknown;
  actor: string;
  success?: boolean;
  /** Distinguishes several records of one type and request. */
  number?: number;
}

/** Makes an audit record about a deletion request. */
export const deletionRecord = (
  { originalRunId, tenantId, slug }: RecordedRequest, eventType: DeletionRecordType, { actor, success = true, number = 1, ...metadata }: DeletionFacts,
): Message => {
  const correlationId = effectId(originalRunId, `${eventType}:${number}`);
  return auditMessage({ operationId: correlationId, runId: originalRunId, kind: 'DELETION', actor }, { id: tenantId, slug }, { eventType, action: 'DELETE', success, metadata });
};
