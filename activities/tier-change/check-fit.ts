/**
 * Effect: none; says what the change is, or refuses it with everything that does not fit: users, and what the pods request.
 * Idempotent and convergent by nature: every attempt looks again.
 */
import type { Manifest } from '../../connectors/kubernetes/interface.ts';
import { UPGRADE_BATCHES } from '../../tenant/catalogue.ts';
import { parseChangeTier } from '../../tenant/change-tenant.ts';
import { TenantError } from '../../tenant/errors.ts';
import type { CheckFitInput, TierChange } from '../../tenant/operations.ts';
import type { Tenant } from '../../tenant/tenant.ts';
import { quotaOf, TIER_PLANS, TIERS, type Subscription } from '../../tenant/tiers.ts';
import type { Violation } from '../../tenant/violations.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { releaseRequest } from '../releases.ts';
import { misfitsOf } from './fit.ts';
import { footprintOfPod, footprintOfRelease, roomOf, sumOf, type Footprint } from './footprint.ts';

export const checkFit = (dependencies: ActivityDependencies) => {
  const { connectors: { iam, kubernetes }, settings } = dependencies;
  const footprintsAt = footprintReader(dependencies);
  return phaseActivity(dependencies, 'CHECK_FIT', async ({ operation: { tenant } }, input: CheckFitInput): Promise<TierChange & Record<string, unknown>> => {
    const from = { tier: tenant.tier, quota: tenant.quota };
    const to = subscriptionOf(input);
    const direction = TIERS.indexOf(to.tier) >= TIERS.indexOf(from.tier) ? 'UP' : 'DOWN';

    const [users, pods, batches] = await Promise.all([
      iam.listUsers(tenant.id),
      kubernetes.list({ apiVersion: 'v1', kind: 'Pod', namespace: tenant.namespace }),
      footprintsAt({ ...tenant, ...to }),
    ]);
    const ours = new Set(UPGRADE_BATCHES.flat().map((chart) => releaseRequest(tenant, chart, settings).release));
    const allowed = roomOf(quotaOf(to.tier, to.quota));
    const misfits = misfitsOf({
      users: users.length,
      maxUsers: TIER_PLANS[to.tier].maxUsers,
      present: sumOf(pods.map(footprintOfPod)),
      others: sumOf(pods.filter((pod) => !ours.has(releaseOfPod(pod))).map(footprintOfPod)),
      batches,
      allowed,
      allowedMeanwhile: direction === 'UP' ? allowed : roomOf(quotaOf(from.tier, from.quota)),
    });
    if (misfits.length > 0) {
      const violations = misfits.map((message): Violation => ({ field: 'tier', code: 'DOES_NOT_FIT', message }));
      throw new TenantError('INVALID_REQUEST', `the tenant does not fit the tier ${to.tier}: ${misfits.join('; ')}`, { details: { violations } });
    }
    return { from, to, direction };
  });
};

/** Whoever starts a run from the Web UI has passed the API by. */
const subscriptionOf = ({ tier, quota }: CheckFitInput): Subscription => {
  const request = parseChangeTier({ tier, ...(quota && { quota }) });
  if (request.ok) return { tier: request.value.tier, quota: request.value.quota ?? null };
  const { violations } = request;
  throw new TenantError('INVALID_REQUEST', violations.map(({ field, message }) => `${field} ${message}`).join('; '), { details: { violations } });
};

/**
 * Tells what each release asks for at a tenant's tier, as its chart renders it, in the groups of an upgrade. That depends on chart and tier
 * alone, and the charts stay as they are as long as the worker lives: so each is rendered once.
 */
const footprintReader = ({ connectors: { helm }, settings }: ActivityDependencies): (tenant: Tenant) => Promise<Footprint[][]> => {
  const known = new Map<string, Footprint>();
  const footprintOf = async (tenant: Tenant, chart: string): Promise<Footprint> => {
    const key = `${chart} ${tenant.tier}`;
    const footprint = known.get(key) ?? footprintOfRelease(await helm.render(releaseRequest(tenant, chart, settings)));
    known.set(key, footprint);
    return footprint;
  };
  return (tenant) => Promise.all(UPGRADE_BATCHES.map((charts) => Promise.all(charts.map((chart) => footprintOf(tenant, chart)))));
};

const releaseOfPod = ({ metadata }: Manifest): string => metadata?.labels?.['app.kubernetes.io/instance'] ?? '';
