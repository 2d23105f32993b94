import type { Kubernetes } from '../../connectors/kubernetes/interface.ts';
import { restartForSecrets } from '../provisioning/secrets.ts';
import { awaitRollout } from '../rollout.ts';
import { waitFor } from '../wait.ts';

const POLL_MS = 500;

/**
 * Waits until the pods of some releases are those that the releases ask for now, and read the Secrets as they are now. A rollout is over
 * before its old pods are. They count against the quota, which the next group needs.
 */
export const podsReplaced = async (kubernetes: Kubernetes, namespace: string, releases: readonly string[], timeoutMs: number): Promise<void> => {
  await restartForSecrets(kubernetes, namespace, releases);
  await awaitRollout(kubernetes, namespace, releases, timeoutMs);
  await waitFor({
    what: `the old pods of ${releases.join(', ')} to end`,
    timeoutMs,
    intervalMs: POLL_MS,
    probe: async () => {
      const pods = await kubernetes.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `app.kubernetes.io/name in (${releases.join(',')})` });
      return pods.every(({ metadata }) => !metadata?.deletionTimestamp) || undefined;
    },
  });
};
