import { cluster, type ClusterObject } from './cluster.ts';

/** What stands still in a suspended tenant, and must be afterwards what it was before. */
const KINDS = [
  ['apps/v1', 'Deployment'], ['apps/v1', 'StatefulSet'], ['autoscaling/v2', 'HorizontalPodAutoscaler'], ['batch/v1', 'CronJob'],
  ['batch/v1', 'Job'],
] as const;

export interface Workload {
  spec: { replicas?: number; suspend?: boolean };
  annotations: Record<string, string>;
}

/** The specs and annotations of a namespace's workloads, by `Kind/name`. */
export const workloadsOf = async (namespace: string): Promise<Record<string, Workload>> => {
  const objects: [string, Workload][] = [];
  for (const [apiVersion, kind] of KINDS) {
    for (const { metadata, ['spec']: spec } of await cluster().list(apiVersion, kind, namespace)) {
      objects.push([`${kind}/${metadata?.name}`, { spec: JSON.parse(JSON.stringify(spec)) as Workload['spec'], annotations: { ...metadata?.annotations } }]);
    }
  }
  return Object.fromEntries(objects);
};

/** A pod that the namespace's Pod Security level lets in. */
const POD = {
  securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [{
    name: 'main', image: 'registry.example/by-hand:1',
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  }],
};

const labelled = (app: string) => ({ metadata: { labels: { app } }, spec: POD });

/**
 * What somebody puts beside the services by hand: a StatefulSet, a Deployment with an autoscaler of two to three, a CronJob in use and one
 * at rest, a Job that runs. With fourteen services and the ingress controller that is as many pods as the Free tier has.
 */
export const addByHand = async (namespace: string): Promise<void> => {
  const { api } = cluster();
  const job = { template: { spec: { ...POD, restartPolicy: 'Never' } } };
  const schedule = (name: string, suspend: boolean) => ({
    apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name, namespace }, spec: { schedule: '0 3 1 1 *', suspend, jobTemplate: { spec: job } },
  });
  const scaled = (kind: string, name: string, replicas: number, more: object = {}) => ({
    apiVersion: 'apps/v1', kind, metadata: { name, namespace }, spec: { replicas, selector: { matchLabels: { app: name } }, template: labelled(name), ...more },
  });
  const objects: ClusterObject[] = [
    scaled('StatefulSet', 'by-hand-store', 2, { serviceName: 'by-hand-store' }),
    scaled('Deployment', 'by-hand-worker', 1),
    {
      apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'by-hand-worker', namespace },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'by-hand-worker' }, minReplicas: 2, maxReplicas: 3 },
    },
    schedule('by-hand-nightly', false),
    schedule('by-hand-retired', true),
    { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'by-hand-import', namespace }, spec: job },
  ];
  for (const object of objects) await api.create(object);
};
