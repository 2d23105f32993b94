/**
 * Effect: the tenant's row has the new configuration; TENANT_CONFIGURED and an audit record are out.
 * Idempotent: event and record carry ids that derive from the operation; to their receivers a repetition is none.
 * Converges: each part can be repeated, and the row has the configuration before anybody is told so.
 */
import { tenantEvent } from '../../tenant/events.ts';
import type { ReconfigureInput } from '../../tenant/operations.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const announceConfiguration = (dependencies: ActivityDependencies) => {
  const { connectors: { audit, events }, projection } = dependencies;
  return phaseActivity(dependencies, 'ANNOUNCE_CONFIGURATION', async ({ operation }, { configuration }: ReconfigureInput) => {
    const tenant = await projection.updateTenant(operation, { configuration });
    await events.publish(tenantEvent('TENANT_CONFIGURED', operation.operationId, tenant, { configuration }));
    await audit.record({
      tenantId: tenant.id, eventType: 'TENANT_CONFIGURED', action: 'UPDATE', actorId: operation.actor, resourceType: 'TENANT', resourceId: tenant.id,
      correlationId: operation.operationId, success: true, metadata: { slug: tenant.slug, configuration },
    });
    return { configuration };
  });
};
