/**
 * Effect: a group of releases has its state before an unsuccessful tier change: chart, values, replicas and labels. A release whose
 * revision Helm no longer keeps is upgraded to the old tier with the current charts. Each release is attempted.
 * Idempotent: a release with the content of its revision is left alone.
 * After a crash: a release left pending by a killed helm is rolled back once that helm cannot be alive.
 */
import type { RestoreReleasesInput } from '../../tenant/tier-change.ts';
import { UPGRADE_BATCHES } from '../../tenant/catalogue.ts';
import { attemptAll } from '../attempt-all.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { refuseWhileSuspended, releaseRequest } from '../releases.ts';
import { podsReplaced } from './pods-replaced.ts';

export const restoreReleases = (dependencies: ActivityDependencies) => {
  const { connectors: { helm, kubernetes }, settings } = dependencies;
  return phaseActivity(dependencies, 'RETURN_TIER', async ({ operation }, { to, releases, revisions }: RestoreReleasesInput) => {
    refuseWhileSuspended(operation.tenant);
    const tenant = { ...operation.tenant, ...to };
    const { done, problem } = await attemptAll(Object.fromEntries(releases.map((chart) => [chart, async () => {
      const request = releaseRequest(tenant, chart, settings);
      const revision = revisions[chart];
      return (revision === undefined ? undefined : await helm.rollBack(request.release, request.namespace, revision)) ?? helm.upgrade(request);
    }])));
    const restored = Object.keys(done);
    const rollout = () => podsReplaced(kubernetes, tenant.namespace, restored, rolloutMs(settings));
    const { problem: late } = restored.length === 0 ? {} : await attemptAll({ rollout });
    if (problem ?? late) throw problem ?? late;
    return { releases: done };
  }, { completes: false });
};

/** Each group gets a share of the compensation's time. A group whose pods do not become ready must not block the others. */
const rolloutMs = ({ COMPENSATION_TIMEOUT_SECONDS, WAVE_TIMEOUT_SECONDS }: ActivityDependencies['settings']): number =>
  Math.min(WAVE_TIMEOUT_SECONDS, COMPENSATION_TIMEOUT_SECONDS / UPGRADE_BATCHES.length) * 1000;
