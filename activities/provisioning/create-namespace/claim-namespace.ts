import type { Kubernetes, Manifest } from '../../../connectors/kubernetes/interface.ts';
import { TenantError } from '../../../tenant/errors.ts';
import { isOwnedBy, labelsOf } from '../../../tenant/labels.ts';
import type { Tenant } from '../../../tenant/tenant.ts';
import { createOnce, isConflict } from '../../create-once.ts';
import { waitFor } from '../../wait.ts';
import { serviceBinding } from './access.ts';

/** Milliseconds the API server may take to heed a new RoleBinding; it learns of it by a watch, usually within a few. */
const BINDING_TIMEOUT_MS = 10_000;
const BINDING_INTERVAL_MS = 100;

/** Creates the namespace. A namespace of that name that is not this tenant's is never adopted: CONFLICT. @returns its uid */
export const claimNamespace = async (kubernetes: Kubernetes, tenant: Tenant): Promise<string> => {
  try {
    const created = await kubernetes.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: tenant.namespace,
        labels: { ...labelsOf(tenant), 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/warn': 'restricted' },
      },
    });
    return uidOf(created);
  } catch (error) {
    if (!isConflict(error)) throw error;
    const existing = await kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name: tenant.namespace });
    if (!existing || existing.metadata?.deletionTimestamp) throw new TenantError('NOT_READY', `namespace ${tenant.namespace} is still being deleted`);
    if (!isOwnedBy(existing, tenant.id)) throw new TenantError('CONFLICT', `namespace ${tenant.namespace} exists and is not this tenant's`);
    return uidOf(existing);
  }
};

const uidOf = ({ metadata }: Manifest): string => metadata?.uid ?? '';

/** Binds our own account inside the tenant's namespace, and waits until that counts. What exists already stays as it is. */
export const enterNamespace = async (kubernetes: Kubernetes, tenant: Tenant, controlPlaneNamespace: string): Promise<void> => {
  await createOnce(kubernetes, serviceBinding(tenant, controlPlaneNamespace));
  await waitFor({
    what: `the tenant service's access to ${tenant.namespace}`,
    timeoutMs: BINDING_TIMEOUT_MS,
    intervalMs: BINDING_INTERVAL_MS,
    probe: () => kubernetes.list({ apiVersion: 'v1', kind: 'LimitRange', namespace: tenant.namespace }).catch((error: unknown) => {
      if (error instanceof TenantError && error.failureClass === 'UNAUTHORIZED') return undefined;
      throw error;
    }),
  });
};
