/**
 * Effect: the tenant's row has the new configuration. TENANT_CONFIGURED and the audit record are written with it.
 * Idempotent and convergent: the row is set again; messages have keys derived from the operation.
 */
import { auditMessage, eventMessage } from '../../tenant/messages.ts';
import type { ReconfigureInput } from '../../tenant/operations.ts';
import { withoutConfiguration } from '../../tenant/tenant.ts';
import { deliverAtOnce } from '../outbox.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { NO_LIMIT } from '../trouble.ts';

export const announceConfiguration = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'ANNOUNCE_CONFIGURATION', async ({ operation }, { configuration }: ReconfigureInput) => {
    const mismatch = withoutConfiguration(operation.tenant.mismatch);
    await dependencies.projection.updateTenant(operation, { configuration, mismatch }, (tenant) => [
      eventMessage(operation, 'TENANT_CONFIGURED', tenant, { configuration }),
      auditMessage(operation, tenant, { eventType: 'TENANT_CONFIGURED', action: 'UPDATE', metadata: { configuration } }),
    ]);
    return { configuration, delivered: await deliverAtOnce(dependencies, operation.tenantId) };
  }, { patience: NO_LIMIT });
