/**
 * Effect: the tenant's row has the new tier and quota, equal to those of all its parts. TENANT_TIER_CHANGED, the audit record and the
 * notification of the admin are written with it. A change to the tenant's own tier is a repair and writes no message.
 * Idempotent and convergent: the row is set again; messages have keys derived from the operation.
 */
import { isDeepStrictEqual } from 'node:util';
import { auditMessage, eventMessage } from '../../tenant/messages.ts';
import type { AnnounceTierChangeInput } from '../../tenant/tier-change.ts';
import { quotaOf } from '../../tenant/tiers.ts';
import { adminMessage } from '../notify-admin.ts';
import { deliverAtOnce } from '../outbox.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { NO_LIMIT } from '../trouble.ts';

export const announceTierChange = (dependencies: ActivityDependencies) =>
  phaseActivity(dependencies, 'ANNOUNCE_TIER_CHANGE', async ({ operation }, { from, to }: AnnounceTierChangeInput) => {
    const announced = !isDeepStrictEqual(from, to);
    const quota = quotaOf(to.tier, to.quota);
    await dependencies.projection.updateTenant(operation, { ...to, mismatch: null }, (tenant) => announced ? [
      eventMessage(operation, 'TENANT_TIER_CHANGED', tenant, { previousTier: from.tier, quota }),
      auditMessage(operation, tenant, {
        eventType: 'TENANT_TIER_CHANGED', action: 'UPDATE', previousState: from.tier, newState: to.tier, metadata: { from, to },
      }),
      adminMessage(dependencies, operation, tenant, {
        template: 'tenant-tier-changed', subject: `${tenant.name} is now on the tier ${to.tier}`, event: 'TENANT_TIER_CHANGED',
        variables: { previousTier: from.tier, tier: to.tier, cpu: quota.cpu, memory: quota.memory, pods: String(quota.pods) },
      }),
    ] : []);
    return { ...to, announced, delivered: await deliverAtOnce(dependencies, operation.tenantId) };
  }, { patience: NO_LIMIT });
