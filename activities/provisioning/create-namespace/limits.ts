import type { Manifest } from '../../../connectors/kubernetes/interface.ts';
import { labelsOf } from '../../../tenant/labels.ts';
import type { Tenant } from '../../../tenant/tenant.ts';
import { quotaOf } from '../../../tenant/tiers.ts';

export const QUOTA_NAME = 'tenant-quota';

type Limited = Pick<Tenant, 'id' | 'slug' | 'tier' | 'quota' | 'namespace'>;

/** Counts of objects, the same for every tier: what no tenant needs more of, and enough to keep one from filling the cluster's store. */
const OBJECT_COUNTS = {
  services: '30',
  // One is the tenant's. Kubernetes charges the quota before it stores an object and gives back late: the one that a killed helm asked for
  // in vain, or that was taken away a moment ago, is counted for up to five minutes more and must not be in the way of the next.
  'services.loadbalancers': '2',
  'services.nodeports': '0',
  persistentvolumeclaims: '20',
  configmaps: '100',
  // Helm keeps three revisions of each of the fifteen releases as Secrets.
  secrets: '200',
} as const;

/** The tier's quota on requests, and the object counts. */
export const resourceQuota = (tenant: Limited): Manifest => {
  const { cpu, memory, pods } = quotaOf(tenant.tier, tenant.quota);
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: QUOTA_NAME, namespace: tenant.namespace, labels: labelsOf(tenant) },
    spec: { hard: { 'requests.cpu': cpu, 'requests.memory': memory, pods: String(pods), ...OBJECT_COUNTS } },
  };
};

/** Requests and limits of a container that states none. It must exist before the quota, which refuses pods without requests. */
export const limitRange = (tenant: Limited): Manifest => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'tenant-limits', namespace: tenant.namespace, labels: labelsOf(tenant) },
  spec: {
    limits: [{
      type: 'Container',
      default: { cpu: '500m', memory: '512Mi' },
      defaultRequest: { cpu: '100m', memory: '192Mi' },
      max: { cpu: '2', memory: '4Gi' },
    }],
  },
});
