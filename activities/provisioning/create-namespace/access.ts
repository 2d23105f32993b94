import type { Manifest } from '../../../connectors/kubernetes/interface.ts';
import { labelsOf } from '../../../tenant/labels.ts';
import { MANAGED_BY } from '../../../tenant/names.ts';
import type { Tenant } from '../../../tenant/tenant.ts';

type Owner = Pick<Tenant, 'id' | 'slug' | 'tier' | 'namespace'>;

const RBAC = 'rbac.authorization.k8s.io';

/** The account the tenant's pods run as. */
const WORKLOAD = 'tenant-workload';

/** Lets the tenant service into the namespace with the one ClusterRole it may bind. */
export const serviceBinding = (tenant: Owner, controlPlaneNamespace: string): Manifest => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'RoleBinding',
  metadata: { name: MANAGED_BY, namespace: tenant.namespace, labels: labelsOf(tenant) },
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'tenant-service-namespace' },
  subjects: [{ kind: 'ServiceAccount', name: 'tenant-service', namespace: controlPlaneNamespace }],
});

/** The pods' ServiceAccount, which may look at the pods and services of its own namespace and at nothing else. */
export const workloadAccess = (tenant: Owner): Manifest[] => {
  const metadata = { name: WORKLOAD, namespace: tenant.namespace, labels: labelsOf(tenant) };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    {
      apiVersion: `${RBAC}/v1`, kind: 'Role', metadata,
      rules: [{ apiGroups: [''], resources: ['pods', 'services'], verbs: ['get', 'list'] }],
    },
    {
      apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name: WORKLOAD },
      subjects: [{ kind: 'ServiceAccount', name: WORKLOAD, namespace: tenant.namespace }],
    },
  ];
};
