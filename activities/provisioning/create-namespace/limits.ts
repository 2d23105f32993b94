import type { Manifest } from '../../../connectors/kubernetes/interface.ts';
import { labelsOf } from '../../../tenant/labels.ts';
import type { Tenant } from '../../../tenant/tenant.ts';
import { quotaOf } from '../../../tenant/tiers.ts';

type Limited = Pick<Tenant, 'id' | 'slug' | 'tier' | 'quota' | 'namespace'>;

/** Counts of objects, the same for every tier: what no tenant needs more of, and enough to keep one from filling the cluster's store. */
const OBJECT_COUNTS = {
  services: '30',
  'services.loadbalancers': '1',
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
    metadata: { name: 'tenant-quota', namespace: tenant.namespace, labels: labelsOf(tenant) },
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
