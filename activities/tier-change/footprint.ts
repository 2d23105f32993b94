import type { Manifest } from '../../connectors/kubernetes/interface.ts';
import { parseQuantity } from '../../tenant/quantities.ts';
import type { Quota } from '../../tenant/tiers.ts';

/** What counts against a quota: requested cores and bytes, and pods. */
export interface Footprint {
  cpu: number;
  memory: number;
  pods: number;
}

interface Container {
  restartPolicy?: string;
  resources?: { requests?: { cpu?: string; memory?: string } };
}

interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
}

const NOTHING: Footprint = { cpu: 0, memory: 0, pods: 0 };

export const sumOf = (footprints: readonly Footprint[]): Footprint =>
  footprints.reduce((sum, { cpu, memory, pods }) => ({ cpu: sum.cpu + cpu, memory: sum.memory + memory, pods: sum.pods + pods }), NOTHING);

/** The largest of each, which need not come from the same. */
export const largestOf = (footprints: readonly Footprint[]): Footprint =>
  footprints.reduce((largest, { cpu, memory, pods }) => ({
    cpu: Math.max(largest.cpu, cpu), memory: Math.max(largest.memory, memory), pods: Math.max(largest.pods, pods),
  }), NOTHING);

const requested = ({ resources }: Container, resource: 'cpu' | 'memory'): number => parseQuantity(resources?.requests?.[resource] ?? '0');

/** As Kubernetes counts: init containers run before the others, one at a time; those that are restarted always run beside them. */
const podFootprint = ({ containers = [], initContainers = [] }: PodSpec): Footprint => {
  const lasting = [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')];
  const requestOf = (resource: 'cpu' | 'memory'): number => Math.max(
    lasting.reduce((sum, container) => sum + requested(container, resource), 0),
    ...initContainers.map((container) => requested(container, resource)),
  );
  return { cpu: requestOf('cpu'), memory: requestOf('memory'), pods: 1 };
};

/** Of a pod in the cluster; one that has ended counts nothing, one that is being deleted still does. */
export const footprintOfPod = (pod: Manifest): Footprint => {
  const { phase } = (pod['status'] ?? {}) as { phase?: string };
  return phase === 'Succeeded' || phase === 'Failed' ? NOTHING : podFootprint((pod['spec'] ?? {}) as PodSpec);
};

/** Of all pods of the Deployments among a release's objects. */
export const footprintOfRelease = (manifests: readonly Manifest[]): Footprint => sumOf(
  manifests.filter(({ kind }) => kind === 'Deployment').map((deployment) => {
    const { replicas = 1, template } = deployment['spec'] as { replicas?: number; template: { spec: PodSpec } };
    const { cpu, memory, pods } = podFootprint(template.spec);
    return { cpu: cpu * replicas, memory: memory * replicas, pods: pods * replicas };
  }),
);

/** What a quota has room for. */
export const roomOf = ({ cpu, memory, pods }: Quota): Footprint => ({ cpu: parseQuantity(cpu), memory: parseQuantity(memory), pods });
