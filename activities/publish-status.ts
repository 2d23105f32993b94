import type { AdmittedOperation } from '../projection/interface.ts';
import { effectId, tenantEvent, type EventType } from '../tenant/events.ts';
import type { TenantStatus } from '../tenant/lifecycle.ts';
import type { ActivityDependencies } from './phase-activity.ts';

export interface StatusChange {
  event: EventType;
  /** The audit service's word for it. */
  action: string;
  from: TenantStatus;
  to: TenantStatus;
}

/**
 * Publishes that an operation moved its tenant from one status to another, and leaves an audit record. Both carry ids that derive from the
 * operation, so that a repetition is none to their receivers.
 */
export const publishStatus = async (
  { connectors: { audit, events } }: ActivityDependencies, { actor, operationId, tenant }: AdmittedOperation, { event, action, from, to }: StatusChange,
): Promise<{ eventId: string }> => {
  await events.publish(tenantEvent(event, operationId, tenant));
  await audit.record({
    tenantId: tenant.id, eventType: event, action, actorId: actor, resourceType: 'TENANT', resourceId: tenant.id,
    correlationId: operationId, success: true, previousState: from, newState: to, metadata: { slug: tenant.slug },
  });
  return { eventId: effectId(operationId, event) };
};
