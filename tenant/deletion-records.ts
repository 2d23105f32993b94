import { effectId } from './events.ts';
import { auditMessage, type Message } from './messages.ts';

/** What the audit log says of a deletion request. */
export type DeletionRecordType =
  | 'TENANT_DELETION_REQUESTED' | 'TENANT_DELETION_CONFIRMED' | 'TENANT_DELETION_CONFIRMATION_REFUSED' | 'TENANT_DELETION_CALLED_OFF';

/** The request a record is about, as it is stored. */
export interface RecordedRequest {
  originalRunId: string;
  tenantId: string;
  slug: string;
}

export interface DeletionFacts {
  [fact: string]: unknown;
  actor: string;
  success?: boolean;
  /** Tells several records of one type and request apart. */
  number?: number;
}

/** A record of what happens to a deletion request, for the tenant's audit log. */
export const deletionRecord = (
  { originalRunId, tenantId, slug }: RecordedRequest, eventType: DeletionRecordType, { actor, success = true, number = 1, ...metadata }: DeletionFacts,
): Message => {
  const correlationId = effectId(originalRunId, `${eventType}:${number}`);
  return auditMessage({ operationId: correlationId, runId: originalRunId, kind: 'DELETION', actor }, { id: tenantId, slug }, { eventType, action: 'DELETE', success, metadata });
};
