import type { Kubernetes, Manifest } from '../connectors/kubernetes/interface.ts';
import type { WorkerSettings } from '../settings/worker.ts';
import { TenantError } from '../tenant/errors.ts';
import { labelOwnership } from '../tenant/labels.ts';
import { mayRemove } from '../tenant/ownership.ts';
import type { Tenant } from '../tenant/tenant.ts';
import { enterNamespace } from './provisioning/create-namespace/claim-namespace.ts';

const namespaceOfTenant = (kubernetes: Kubernetes, { namespace }: Tenant): Promise<Manifest | undefined> =>
  kubernetes.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace });

/** Throws CONFLICT unless the tenant's namespace exists and is the tenant's own. */
export const assertOwnNamespace = async (kubernetes: Kubernetes, tenant: Tenant): Promise<void> => {
  const ownership = labelOwnership(await namespaceOfTenant(kubernetes, tenant), tenant.id);
  if (ownership === 'absent') throw new TenantError('CONFLICT', `the namespace ${tenant.namespace} is gone`);
  if (ownership === 'foreign') throw new TenantError('CONFLICT', `the namespace ${tenant.namespace} does not carry this tenant's mark`);
};

/** The tenant's namespace as a teardown finds it. Only an entered namespace has objects to remove one by one. */
export type TeardownNamespace =
  | { state: 'absent' | 'foreign' }
  /** A terminating namespace removes its content and admits nothing new. */
  | { state: 'terminating' | 'entered'; manifest: Manifest };

/**
 * Enters the tenant's namespace to tear it down, or returns why there is nothing to enter. A namespace made for the tenant without its mark
 * is CONFLICT. A namespace that never was the tenant's is left alone. A provisioning may have ended before it made the binding in the
 * namespace.
 */
export const enterToTearDown = async (
  kubernetes: Kubernetes, tenant: Tenant, settings: Pick<WorkerSettings, 'CONTROL_PLANE_NAMESPACE'>,
): Promise<TeardownNamespace> => {
  const manifest = await namespaceOfTenant(kubernetes, tenant);
  const ownership = labelOwnership(manifest, tenant.id);
  if (!manifest || ownership === 'absent') return { state: 'absent' };
  if (!mayRemove({ what: `namespace ${tenant.namespace}`, ownership, isRecorded: tenant.holdings.namespace !== undefined })) return { state: 'foreign' };
  if (manifest.metadata?.deletionTimestamp) return { state: 'terminating', manifest };
  await enterNamespace(kubernetes, tenant, settings.CONTROL_PLANE_NAMESPACE).catch((error: unknown) => {
    if (!(error instanceof TenantError) || error.failureClass !== 'UNAUTHORIZED') throw error;
    throw new TenantError('NOT_READY', `the tenant service has no access to ${tenant.namespace} yet: ${error.message}`, { cause: error });
  });
  return { state: 'entered', manifest };
};
