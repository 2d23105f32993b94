import type { Kubernetes, Manifest } from '../connectors/kubernetes/interface.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { isOwnedBy } from '../tenant/labels.ts';

/** The tenant's namespace if it exists and is the tenant's own; what has its name and another owner counts as absent. */
export const ownedNamespace = async (kubernetes: Kubernetes, tenant: Tenant): Promise<Manifest | undefined> => {
  const namespace = await kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name: tenant.namespace });
  return namespace && isOwnedBy(namespace, tenant.id) ? namespace : undefined;
};
