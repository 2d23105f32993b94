/**
 * Effect: a group of releases has the replicas, resources and labels of a tier, and its pods have been replaced, also for a renewed Secret.
 * Idempotent: an upgrade with the same values makes a revision and no new pod.
 * After a crash: a release that a killed helm left pending is recovered (connectors/helm/recovery.ts), then all are upgraded again.
 */
import type { Kubernetes } from '../../connectors/kubernetes/interface.ts';
import type { UpgradeReleasesInput } from '../../tenant/operations.ts';
import type { ActivityDependencies } from '../phase-activity.ts';
import { restartForSecrets } from '../provisioning/secrets.ts';
import { refuseWhileSuspended, releaseRequest } from '../releases.ts';
import { allEnded } from '../all-ended.ts';
import { awaitRollout } from '../rollout.ts';
import { waitFor } from '../wait.ts';
import { tierActivity } from './tier-activity.ts';
import { waits } from '../trouble.ts';

const POLL_MS = 500;

export const upgradeReleases = (dependencies: ActivityDependencies) => {
  const { connectors: { helm, kubernetes }, settings } = dependencies;
  return tierActivity(dependencies, 'UPGRADE_RELEASES', async ({ operation }, { to, releases }: UpgradeReleasesInput) => {
    refuseWhileSuspended(operation.tenant);
    const tenant = { ...operation.tenant, ...to };
    const timeoutMs = settings.WAVE_TIMEOUT_SECONDS * 1000;
    const upgraded = await allEnded(releases.map(async (chart) => [chart, await helm.upgrade(releaseRequest(tenant, chart, settings))] as const));
    await restartForSecrets(kubernetes, tenant.namespace, releases);
    await awaitRollout(kubernetes, tenant.namespace, releases, timeoutMs);
    await oldPodsGone(kubernetes, tenant.namespace, releases, timeoutMs);
    return { releases: Object.fromEntries(upgraded) };
  }, { completes: ({ last, returning }) => last && !returning, patience: waits(3, 'WAVE_TIMEOUT_SECONDS') });
};

/** A rollout is over before its old pods are; they count against the quota, which the next group needs. */
const oldPodsGone = (kubernetes: Kubernetes, namespace: string, releases: readonly string[], timeoutMs: number): Promise<true> => waitFor({
  what: `the old pods of ${releases.join(', ')} to end`,
  timeoutMs,
  intervalMs: POLL_MS,
  probe: async () => {
    const pods = await kubernetes.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `app.kubernetes.io/name in (${releases.join(',')})` });
    return pods.every(({ metadata }) => !metadata?.deletionTimestamp) || undefined;
  },
});
