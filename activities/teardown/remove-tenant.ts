/**
 * Effect: the tenant's record and state are gone, its slug is free; its operations stay. The audit-service knows of the rollback.
 * Idempotent: a record that is gone stays gone, the audit record's id derives from the operation.
 * Converges: the record goes last, so until then every repetition knows what it is about; after it, from the operation's copy.
 */
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const removeTenant = (dependencies: ActivityDependencies) => {
  const { connectors: { audit }, projection } = dependencies;
  return phaseActivity(dependencies, 'REMOVE_TENANT', async ({ operation }) => {
    const { tenantId, operationId, actor, tenant: { slug, tier, status } } = operation;
    await projection.removeTenant(operation);
    await audit.record({
      tenantId, eventType: 'TENANT_ROLLED_BACK', action: 'ROLLBACK', actorId: actor, resourceType: 'TENANT', resourceId: tenantId,
      correlationId: operationId, success: true, previousState: status, newState: 'REMOVED', metadata: { slug, tier },
    });
    return {};
  });
};
