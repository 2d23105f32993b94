/**
 * Effect: the tenant is ACTIVE, first in the register of the infrastructure-service, last in its row. TENANT_ACTIVATED, the notification of
 * the admin and the audit record are written with the status.
 * Idempotent and convergent: both writes set a state; messages have keys derived from the operation.
 */
import { auditMessage, eventMessage } from '../../tenant/messages.ts';
import { adminMessage } from '../notify-admin.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { registrationOf } from '../registration.ts';

export const markActive = (dependencies: ActivityDependencies) => {
  const { connectors: { infrastructure }, projection } = dependencies;
  return phaseActivity(dependencies, 'MARK_ACTIVE', async ({ operation }) => {
    await infrastructure.register(operation.tenantId, registrationOf({ ...operation.tenant, status: 'ACTIVE' }));
    const { status } = await projection.updateTenant(operation, { status: 'ACTIVE' }, (tenant) => [
      eventMessage(operation, 'TENANT_ACTIVATED', tenant),
      auditMessage(operation, tenant, { eventType: 'TENANT_ACTIVATED', action: 'ACTIVATE', previousState: 'SUSPENDED', newState: 'ACTIVE' }),
      adminMessage(dependencies, operation, tenant, { template: 'tenant-reactivated', subject: `${tenant.name} is active again`, event: 'TENANT_ACTIVATED' }),
    ]);
    return { status };
  });
};
