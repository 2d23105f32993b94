/**
 * Effect: the tenant's row has the new tier and quota; TENANT_TIER_CHANGED, the notification of the admin and an audit record are out.
 * A change from a tier to itself only brought everything back to it, of which nobody needs to be told.
 * Idempotent: event, notification and record carry ids that derive from the operation; to their receivers a repetition is none.
 * Converges: each part can be repeated, and the tier is the new one before anybody is told so.
 */
import { isDeepStrictEqual } from 'node:util';
import { tenantEvent } from '../../tenant/events.ts';
import type { AnnounceTierChangeInput } from '../../tenant/operations.ts';
import { quotaOf } from '../../tenant/tiers.ts';
import { notifyAdmin } from '../notify-admin.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const announceTierChange = (dependencies: ActivityDependencies) => {
  const { connectors: { audit, events }, projection } = dependencies;
  return phaseActivity(dependencies, 'ANNOUNCE_TIER_CHANGE', async ({ operation }, { from, to }: AnnounceTierChangeInput) => {
    const tenant = await projection.updateTenant(operation, to);
    if (isDeepStrictEqual(from, to)) return { ...to, announced: false };

    const quota = quotaOf(to.tier, to.quota);
    await events.publish(tenantEvent('TENANT_TIER_CHANGED', operation.operationId, tenant, { previousTier: from.tier, quota }));
    await notifyAdmin(dependencies, operation, {
      template: 'tenant-tier-changed',
      subject: `${tenant.name} is now on the tier ${to.tier}`,
      event: 'TENANT_TIER_CHANGED',
      variables: { previousTier: from.tier, tier: to.tier, cpu: quota.cpu, memory: quota.memory, pods: String(quota.pods) },
    });
    await audit.record({
      tenantId: tenant.id, eventType: 'TENANT_TIER_CHANGED', action: 'UPDATE', actorId: operation.actor, resourceType: 'TENANT', resourceId: tenant.id,
      correlationId: operation.operationId, success: true, previousState: from.tier, newState: to.tier, metadata: { slug: tenant.slug, from, to },
    });
    return { ...to, announced: true };
  });
};
