/**
 * Effect: a group of releases has the replicas, resources and labels of a tier. Its pods are replaced, also for a renewed Secret.
 * Idempotent: a release upgraded by an earlier attempt is left alone. Each upgrade makes a revision; too many would push the previous
 * revision out of Helm's history.
 * After a crash: a release left pending by a killed helm is recovered (connectors/helm/recovery.ts), then the rest is upgraded.
 */
import { activityInfo } from '@temporalio/activity';
import type { Deployed, DeployRelease, Helm } from '../../connectors/helm/interface.ts';
import type { UpgradeReleasesInput } from '../../tenant/tier-change.ts';
import { tierLabel } from '../../tenant/tiers.ts';
import { allEnded } from '../all-ended.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { refuseWhileSuspended, releaseRequest } from '../releases.ts';
import { waits } from '../trouble.ts';
import { podsReplaced } from './pods-replaced.ts';

export const upgradeReleases = (dependencies: ActivityDependencies) => {
  const { connectors: { helm, kubernetes }, settings } = dependencies;
  return phaseActivity(dependencies, 'UPGRADE_RELEASES', async ({ operation }, { to, releases }: UpgradeReleasesInput) => {
    refuseWhileSuspended(operation.tenant);
    const tenant = { ...operation.tenant, ...to };
    const description = `Change to ${tierLabel(to.tier)} by operation ${operation.operationId}`;
    const upgraded = await allEnded(releases.map(async (chart) => [chart, await upgradeOnce(helm, { ...releaseRequest(tenant, chart, settings), description })] as const));
    await podsReplaced(kubernetes, tenant.namespace, releases, settings.WAVE_TIMEOUT_SECONDS * 1000);
    return { releases: Object.fromEntries(upgraded) };
  }, { completes: ({ last }) => last, patience: waits(3, 'WAVE_TIMEOUT_SECONDS') });
};

/** Upgrades a release, unless an earlier attempt of the activity has done so. */
const upgradeOnce = async (helm: Helm, request: DeployRelease): Promise<Deployed> => {
  const newest = activityInfo().attempt > 1 ? await helm.status(request.release, request.namespace) : undefined;
  const isDone = newest?.status === 'deployed' && newest.description === request.description;
  return isDone ? { revision: newest.revision, action: 'unchanged' } : helm.upgrade(request);
};
