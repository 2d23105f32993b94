/**
 * Effect: none; describes the change and the revisions to restore, or refuses it with every misfit: users, requests of the pods, and
 * Secrets of Helm's revisions.
 * Idempotent: every attempt reads the current state. A reset keeps the revisions of the previous run, which may have changed releases
 * since, unless that run had recorded its new tier.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from '../../connectors/kubernetes/interface.ts';
import { UPGRADE_BATCHES } from '../../tenant/catalogue.ts';
import { parseChangeTier } from '../../tenant/change-tenant.ts';
import { TenantError } from '../../tenant/errors.ts';
import type { CheckFitInput, TierChange } from '../../tenant/tier-change.ts';
import { parseQuantity } from '../../tenant/quantities.ts';
import type { Tenant } from '../../tenant/tenant.ts';
import { quotaOf, TIER_PLANS, TIERS, type Subscription } from '../../tenant/tiers.ts';
import type { Violation } from '../../tenant/violations.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { QUOTA_NAME } from '../provisioning/create-namespace/limits.ts';
import { releaseRequest } from '../releases.ts';
import { misfitsOf } from './fit.ts';
import { footprintOfPod, footprintOfRelease, roomOf, sumOf, type Footprint } from './footprint.ts';

export const checkFit = (dependencies: ActivityDependencies) => {
  const { connectors: { helm, iam, kubernetes }, settings } = dependencies;
  const footprintsAt = footprintReader(dependencies);
  return phaseActivity(dependencies, 'CHECK_FIT', async ({ operation: { tenant, phaseOutputs } }, input: CheckFitInput): Promise<TierChange & Record<string, unknown>> => {
    const from = { tier: tenant.tier, quota: tenant.quota };
    const to = subscriptionOf(input);
    const direction = TIERS.indexOf(to.tier) >= TIERS.indexOf(from.tier) ? 'UP' : 'DOWN';

    const [users, pods, batches, deployed, quota] = await Promise.all([
      iam.listUsers(tenant.id),
      kubernetes.list({ apiVersion: 'v1', kind: 'Pod', namespace: tenant.namespace }),
      footprintsAt({ ...tenant, ...to }),
      helm.deployedRevisions(tenant.namespace),
      kubernetes.get({ apiVersion: 'v1', kind: 'ResourceQuota', name: QUOTA_NAME, namespace: tenant.namespace }),
    ]);
    const releases = UPGRADE_BATCHES.flat().map((chart) => ({ chart, release: releaseRequest(tenant, chart, settings).release }));
    const present = Object.fromEntries(releases.flatMap(({ chart, release }) => deployed[release] === undefined ? [] : [[chart, deployed[release]]]));
    const ours = new Set(releases.map(({ release }) => release));
    const allowed = roomOf(quotaOf(to.tier, to.quota));
    const misfits = misfitsOf({
      users: users.length,
      maxUsers: TIER_PLANS[to.tier].maxUsers,
      present: sumOf(pods.map(footprintOfPod)),
      others: sumOf(pods.filter((pod) => !ours.has(releaseOfPod(pod))).map(footprintOfPod)),
      batches,
      allowed,
      allowedMeanwhile: direction === 'UP' ? allowed : roomOf(quotaOf(from.tier, from.quota)),
      revisions: releases.map(({ chart }) => present[chart] ?? 0),
      secretsLeft: secretsLeft(quota),
    });
    if (misfits.length > 0) {
      const violations = misfits.map((message): Violation => ({ field: 'tier', code: 'DOES_NOT_FIT', message }));
      throw new TenantError('INVALID_REQUEST', `the tenant does not fit the tier ${to.tier}: ${misfits.join('; ')}`, { details: { violations } });
    }
    const before = phaseOutputs['CHECK_FIT'] as Partial<TierChange> | undefined;
    const known = isDeepStrictEqual(before?.from, from) ? before?.revisions : undefined;
    return { from, to, direction, isRepair: isDeepStrictEqual(from, to), revisions: known ?? (hasForeignReleases(tenant) ? {} : present) };
  });
};

/** Whether an earlier change left releases of another tier: a return to what is deployed would not be a return to the tenant's tier. */
const hasForeignReleases = ({ mismatch }: Tenant): boolean => Object.keys(mismatch?.parts ?? {}).some((part) => part.startsWith('releases'));

/** Secrets that the quota has room for; unlimited if it has no such limit. */
const secretsLeft = (quota: Manifest | undefined): number => {
  const { hard, used } = (quota?.['status'] ?? {}) as { hard?: Record<string, string>; used?: Record<string, string> };
  return hard?.['secrets'] === undefined ? Number.POSITIVE_INFINITY : parseQuantity(hard['secrets']) - parseQuantity(used?.['secrets'] ?? '0');
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
