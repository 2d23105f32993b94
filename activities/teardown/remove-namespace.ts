/**
 * Effect: the tenant's namespace is gone with its content, and so is its ingress class, which is cluster-scoped.
 * Idempotent: an absent namespace, or one that never was this tenant's, is left alone; the uid protects a recreated one.
 * After a crash: the deletion continues by itself; the next attempt waits for it.
 */
import type { Kubernetes, Manifest } from '../../connectors/kubernetes/interface.ts';
import { labelOwnership } from '../../tenant/labels.ts';
import { ingressClassOf } from '../../tenant/names.ts';
import { mayRemove, type Ownership } from '../../tenant/ownership.ts';
import type { Tenant } from '../../tenant/tenant.ts';
import { enterToTearDown } from '../owned-namespace.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { waitFor } from '../wait.ts';
import { addressForgotten } from './address-forgotten.ts';
import { forget } from './forget.ts';
import { noteHolders, whyItHangs } from './namespace-holders.ts';

const POLL_MS = 500;

export const removeNamespace = (dependencies: ActivityDependencies) => {
  const { connectors: { kubernetes }, projection, settings } = dependencies;
  return phaseActivity(dependencies, 'REMOVE_NAMESPACE', async ({ operation, signal }) => {
    const { tenant } = operation;
    const namespace = await enterToTearDown(kubernetes, tenant, settings);
    if ('manifest' in namespace) {
      await addressForgotten(operation, settings, signal);
      if (namespace.state === 'entered') await beginDeletion(kubernetes, tenant, namespace.manifest);
      await waitUntilGone(kubernetes, tenant, namespace.manifest, settings.NAMESPACE_DELETION_TIMEOUT_SECONDS * 1000);
    }
    const ingressClass = await removeIngressClass(kubernetes, tenant);
    await forget(projection, operation, { holdings: { namespace: undefined, ingressClass: undefined } });
    return { namespace: tenant.namespace, found: 'manifest' in namespace ? 'own' : namespace.state, ingressClass };
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

/** Usually removed with the ingress controller's release; a failed uninstall leaves it. @returns the ownership that was found */
const removeIngressClass = async (kubernetes: Kubernetes, tenant: Tenant): Promise<Ownership> => {
  const ref = { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', name: ingressClassOf(tenant.slug) };
  const ingressClass = await kubernetes.get(ref);
  const ownership = labelOwnership(ingressClass, tenant.id);
  if (mayRemove({ what: `ingress class ${ref.name}`, ownership, isRecorded: tenant.holdings.ingressClass !== undefined })) {
    const uid = ingressClass?.metadata?.uid;
    await kubernetes.remove(ref, uid ? { uid } : {});
  }
  return ownership;
};
