/**
 * Effect: the tenant is ACTIVE. TENANT_ACTIVATED, the notification of the admin and the audit record are written with the status.
 * Idempotent and convergent: the status is set, and set again; messages are written once, by keys that derive from the operation. It needs no
 * outside system: from its begin nothing stops the workloads again, so a failure would leave a SUSPENDED tenant that runs.
 */
import { auditMessage, eventMessage } from '../../tenant/messages.ts';
import { adminMessage } from '../notify-admin.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { NO_LIMIT } from '../trouble.ts';

export const markActive = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'MARK_ACTIVE', async ({ operation }) => {
    const { status } = await dependencies.projection.updateTenant(operation, { status: 'ACTIVE' }, (tenant) => [
      eventMessage(operation, 'TENANT_ACTIVATED', tenant),
      auditMessage(operation, tenant, { eventType: 'TENANT_ACTIVATED', action: 'ACTIVATE', previousState: 'SUSPENDED', newState: 'ACTIVE' }),
      adminMessage(dependencies, operation, tenant, { template: 'tenant-reactivated', subject: `${tenant.name} is active again`, event: 'TENANT_ACTIVATED' }),
    ]);
    return { status };
  }, { patience: NO_LIMIT });
