/**
 * Effect: the tenant's admin is told, audit events that came while the certificate was issued are archived too, and, last of all,
 * TENANT_DELETED is published. The record is gone by then; the operation holds a copy.
 * Idempotent: notification and event carry ids that derive from the operation. Converges: each part can be repeated.
 */
import { effectId, tenantEvent } from '../../tenant/events.ts';
import { notifyAdmin } from '../notify-admin.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { archiveAudit } from './audit-archive.ts';

export const publishDeleted = (dependencies: ActivityDependencies) => {
  const { connectors, projection } = dependencies;
  return phaseActivity(dependencies, 'PUBLISH_DELETED', async ({ operation }) => {
    const { operationId, tenantId, tenant } = operation;
    await notifyAdmin(dependencies, operation, { template: 'tenant-deleted', subject: `${tenant.name} has been deleted`, event: 'TENANT_DELETED' });
    const archived = (await projection.deletions.certificate(tenantId))?.audit.events ?? 0;
    for (const part of await archiveAudit(connectors, { tenantId, operationId, from: archived })) await projection.deletions.addPart(operation, part);
    await connectors.events.publish(tenantEvent('TENANT_DELETED', operationId, tenant));
    return { eventId: effectId(operationId, 'TENANT_DELETED') };
  });
};
