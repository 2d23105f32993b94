/**
 * Effect: TENANT_ACTIVATED is published, and there is an audit record.
 * Idempotent: event and record carry ids that derive from the operation; to their receivers a repetition is none.
 */
import { effectId, tenantEvent } from '../../tenant/events.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const publishActivated = (dependencies: ActivityDependencies) => {
  const { connectors: { audit, events } } = dependencies;
  return phaseActivity(dependencies, 'PUBLISH_ACTIVATED', async ({ operation }) => {
    const { actor, operationId, tenant } = operation;
    await events.publish(tenantEvent('TENANT_ACTIVATED', operationId, tenant));
    await audit.record({
      tenantId: tenant.id, eventType: 'TENANT_ACTIVATED', action: 'ACTIVATE', actorId: actor, resourceType: 'TENANT', resourceId: tenant.id,
      correlationId: operationId, success: true, previousState: 'SUSPENDED', newState: 'ACTIVE', metadata: { slug: tenant.slug },
    });
    return { eventId: effectId(operationId, 'TENANT_ACTIVATED') };
  });
};
