import type { Kubernetes } from '../../connectors/kubernetes/interface.ts';
import { restartForSecrets } from '../provisioning/secrets.ts';
import { awaitRollout } from '../rollout.ts';
import { waitFor } from '../wait.ts';

const POLL_MS = 500;

/**
 * Waits until the pods of some releases match the current pod templates and Secrets. Old pods outlive a rollout and count against the quota
 * that the next group needs.
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
