import type { Audit } from '../../connectors/platform/interface.ts';
import type { DeletionRequestInput } from '../../tenant/deletion.ts';
import { effectId } from '../../tenant/events.ts';

type RequestEvent = 'TENANT_DELETION_REQUESTED' | 'TENANT_DELETION_CONFIRMED' | 'TENANT_DELETION_CONFIRMATION_REFUSED' | 'TENANT_DELETION_CALLED_OFF';

interface RequestFacts {
  [fact: string]: unknown;
  /** Who did it, where that is somebody else than who asked for the deletion. */
  by?: string;
  success?: boolean;
  /** Tells several events of one kind apart. */
  number?: number;
}

/** Writes what happens to a deletion request into the tenant's audit log, once. */
export const recordRequest = (audit: Audit, input: DeletionRequestInput, eventType: RequestEvent, { by, success = true, number = 1, ...metadata }: RequestFacts = {}) =>
  audit.record({
    tenantId: input.tenantId, eventType, action: 'DELETE', actorId: by ?? input.actor, resourceType: 'TENANT', resourceId: input.tenantId,
    correlationId: effectId(input.originalRunId, `${eventType}:${number}`), success, metadata: { slug: input.slug, ...metadata },
  });
