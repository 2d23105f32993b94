import type { Kubernetes, Manifest } from '../connectors/kubernetes/interface.ts';
import { TenantError } from '../tenant/errors.ts';
import { deploymentProblem, isRolledOut, podProblem } from './deployment-readiness.ts';
import { waitFor } from './wait.ts';

/** Milliseconds between two looks at the namespace's Deployments. */
const POLL_MS = 500;

/** Waits until the named Deployments of a namespace are rolled out; after `timeoutMs` NOT_READY, saying for each why it is not. */
export const awaitRollout = async (kubernetes: Kubernetes, namespace: string, names: readonly string[], timeoutMs: number): Promise<void> => {
  let waiting: readonly string[] = names;
  let deployments = new Map<string, Manifest>();
  try {
    await waitFor({
      what: `the Deployments of ${namespace}`,
      timeoutMs,
      intervalMs: POLL_MS,
      probe: async () => {
        deployments = byName(await kubernetes.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace }));
        waiting = names.filter((name) => !isReady(deployments.get(name)));
        return waiting.length === 0;
      },
    });
  } catch (error) {
    if (!(error instanceof TenantError) || error.failureClass !== 'NOT_READY') throw error;
    const pods = await kubernetes.list({ apiVersion: 'v1', kind: 'Pod', namespace });
    const problems = waiting.map((name) => `${name}: ${problemOf(name, deployments.get(name), pods)}`);
    throw new TenantError('NOT_READY', `not ready after ${Math.round(timeoutMs / 1000)} s: ${problems.join('; ')}`);
  }
};

const isReady = (deployment: Manifest | undefined): boolean => deployment !== undefined && isRolledOut(deployment);

const problemOf = (name: string, deployment: Manifest | undefined, pods: readonly Manifest[]): string => {
  if (!deployment) return 'it has no Deployment';
  const own = pods.filter(({ metadata }) => metadata?.labels?.['app.kubernetes.io/name'] === name);
  return own.map(podProblem).find((problem) => problem !== undefined) ?? deploymentProblem(deployment) ?? 'its pods do not become ready';
};

const byName = (manifests: readonly Manifest[]): Map<string, Manifest> =>
  new Map(manifests.map((manifest) => [manifest.metadata?.name ?? '', manifest]));
