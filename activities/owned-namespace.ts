import type { Kubernetes, Manifest } from '../connectors/kubernetes/interface.ts';
import { TenantError } from '../tenant/errors.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { isOwnedBy } from '../tenant/labels.ts';

/** The tenant's namespace if it exists and is the tenant's own; what has its name and another owner counts as absent. */
export const ownedNamespace = async (kubernetes: Kubernetes, tenant: Tenant): Promise<Manifest | undefined> => {
  const namespace = await kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name: tenant.namespace });
  return namespace && isOwnedBy(namespace, tenant.id) ? namespace : undefined;
};

/** Throws CONFLICT unless the tenant's namespace exists and is the tenant's own. */
export const assertOwnNamespace = async (kubernetes: Kubernetes, tenant: Tenant): Promise<void> => {
  if (!await ownedNamespace(kubernetes, tenant)) throw new TenantError('CONFLICT', `the namespace ${tenant.namespace} is gone or not the tenant's`);
};
