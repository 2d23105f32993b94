/**
 * Effect: the tenant's record and state are removed, and its slug is free; its operations stay. The audit record of the rollback is written
 * with the removal.
 * Idempotent: a removed record stays removed. Converges: the record is removed last, so every earlier repetition finds it.
 */
import { auditMessage } from '../../tenant/messages.ts';
import { deliverAtOnce } from '../outbox.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { NO_LIMIT } from '../trouble.ts';

export const removeTenant = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'REMOVE_TENANT', async ({ operation }) => {
    const { tenantId, tenant } = operation;
    await dependencies.projection.removeTenant(operation, [auditMessage(operation, tenant, {
      eventType: 'TENANT_ROLLED_BACK', action: 'ROLLBACK', previousState: tenant.status, newState: 'REMOVED', metadata: { tier: tenant.tier },
    })]);
    return { delivered: await deliverAtOnce(dependencies, tenantId) };
  }, { patience: NO_LIMIT });
