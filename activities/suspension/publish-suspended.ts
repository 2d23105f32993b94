/**
 * Effect: TENANT_SUSPENDED is published, and there is an audit record.
 * Idempotent: event and record carry ids that derive from the operation; to their receivers a repetition is none.
 */
import { effectId, tenantEvent } from '../../tenant/events.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const publishSuspended = (dependencies: ActivityDependencies) => {
  const { connectors: { audit, events } } = dependencies;
  return phaseActivity(dependencies, 'PUBLISH_SUSPENDED', async ({ operation }) => {
    const { actor, operationId, tenant } = operation;
    await events.publish(tenantEvent('TENANT_SUSPENDED', operationId, tenant));
    await audit.record({
      tenantId: tenant.id, eventType: 'TENANT_SUSPENDED', action: 'SUSPEND', actorId: actor, resourceType: 'TENANT', resourceId: tenant.id,
      correlationId: operationId, success: true, previousState: 'ACTIVE', newState: 'SUSPENDED', metadata: { slug: tenant.slug },
    });
    return { eventId: effectId(operationId, 'TENANT_SUSPENDED') };
  });
};
