/**
 * Effect: the tenant's namespace is gone with everything in it, and so is its ingress class, which lies outside.
 * Idempotent: a namespace that is gone, or not this tenant's, is left alone; the uid guards one that was made anew meanwhile.
 * After a crash: the deletion goes on by itself; the next attempt waits for it.
 */
import type { Kubernetes, Manifest } from '../../connectors/kubernetes/interface.ts';
import { isOwnedBy } from '../../tenant/labels.ts';
import { ingressClassOf } from '../../tenant/names.ts';
import type { Tenant } from '../../tenant/tenant.ts';
import { ownedNamespace } from '../owned-namespace.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { waitFor } from '../wait.ts';
import { noteHolders, whyItHangs } from './namespace-holders.ts';

const POLL_MS = 500;

export const removeNamespace = (dependencies: ActivityDependencies) => {
  const { connectors: { kubernetes }, settings } = dependencies;
  return phaseActivity(dependencies, 'REMOVE_NAMESPACE', async ({ operation: { tenant } }) => {
    const namespace = await ownedNamespace(kubernetes, tenant);
    if (namespace) {
      if (!namespace.metadata?.deletionTimestamp) await beginDeletion(kubernetes, tenant, namespace);
      await waitUntilGone(kubernetes, tenant, namespace, settings.NAMESPACE_DELETION_TIMEOUT_SECONDS * 1000);
    }
    await removeIngressClass(kubernetes, tenant);
    return { namespace: tenant.namespace };
  });
};

const namespaceRef = (tenant: Tenant) => ({ apiVersion: 'v1', kind: 'Namespace', name: tenant.namespace });

const beginDeletion = async (kubernetes: Kubernetes, tenant: Tenant, { metadata }: Manifest): Promise<void> => {
  await noteHolders(kubernetes, tenant.namespace);
  await kubernetes.remove(namespaceRef(tenant), metadata?.uid ? { uid: metadata.uid } : {});
};

const waitUntilGone = async (kubernetes: Kubernetes, tenant: Tenant, { metadata }: Manifest, timeoutMs: number): Promise<void> => {
  let latest: Manifest | undefined;
  await waitFor({
    what: `the deletion of namespace ${tenant.namespace}`,
    timeoutMs,
    intervalMs: POLL_MS,
    probe: async () => {
      latest = await kubernetes.get(namespaceRef(tenant));
      return latest?.metadata?.uid !== metadata?.uid;
    },
    explain: () => latest && whyItHangs(latest, new Date()),
  });
};

/** Usually gone with the ingress controller's release; left behind when that could not be uninstalled. */
const removeIngressClass = async (kubernetes: Kubernetes, tenant: Tenant): Promise<void> => {
  const ref = { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', name: ingressClassOf(tenant.slug) };
  const ingressClass = await kubernetes.get(ref);
  if (ingressClass && isOwnedBy(ingressClass, tenant.id)) await kubernetes.remove(ref);
};
