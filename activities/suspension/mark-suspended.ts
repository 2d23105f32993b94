/**
 * Effect: the tenant is SUSPENDED; from here on its releases do not change. TENANT_SUSPENDED, the notification of the admin and the audit
 * record are written with the status. They are delivered even if later steps fail.
 * Idempotent and convergent: the status is set again; messages have keys derived from the operation.
 */
import { auditMessage, eventMessage } from '../../tenant/messages.ts';
import { adminMessage } from '../notify-admin.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const markSuspended = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'MARK_SUSPENDED', async ({ operation }) => {
    const { status } = await dependencies.projection.updateTenant(operation, { status: 'SUSPENDED' }, (tenant, before) => [
      eventMessage(operation, 'TENANT_SUSPENDED', tenant),
      auditMessage(operation, tenant, { eventType: 'TENANT_SUSPENDED', action: 'SUSPEND', previousState: before.status, newState: 'SUSPENDED' }),
      adminMessage(dependencies, operation, tenant, { template: 'tenant-suspended', subject: `${tenant.name} has been suspended`, event: 'TENANT_SUSPENDED' }),
    ]);
    return { status };
  });
