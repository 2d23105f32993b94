import type { Kubernetes, Manifest } from '../../connectors/kubernetes/interface.ts';
import { labelOwnership } from '../../tenant/labels.ts';
import { ingressClassOf, LABELS } from '../../tenant/names.ts';
import type { Find } from '../../tenant/ownership.ts';
import type { Tenant } from '../../tenant/tenant.ts';

const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace' } as const;
const INGRESS_CLASS = { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass' } as const;

/**
 * Finds the tenant's objects outside its namespace by label, by name, and by a volume's claim. Objects inside, including releases, exist as
 * long as the namespace.
 */
export const clusterFinds = async (kubernetes: Kubernetes, tenant: Tenant): Promise<Find[]> => {
  const { namespace, ingressClass } = tenant.holdings;
  const named = [
    { ref: { ...NAMESPACE, name: tenant.namespace }, isRecorded: namespace !== undefined },
    { ref: { ...INGRESS_CLASS, name: ingressClassOf(tenant.slug) }, isRecorded: ingressClass !== undefined },
  ];
  const [byName, byLabel, volumes] = await Promise.all([
    Promise.all(named.map(async ({ ref, isRecorded }): Promise<Find> =>
      ({ what: `${ref.kind} ${ref.name}`, ownership: labelOwnership(await kubernetes.get(ref), tenant.id), isRecorded }))),
    Promise.all([NAMESPACE, INGRESS_CLASS].map((kind) => kubernetes.list({ ...kind, labelSelector: `${LABELS.tenantId}=${tenant.id}` }))),
    namespace === undefined ? [] : volumesOf(kubernetes, tenant),
  ]);
  const marked = byLabel.flat().map(({ kind, metadata }): Find => ({ what: `${kind} ${metadata?.name}`, ownership: 'own', isRecorded: true }));
  const present = byName.filter(({ ownership }) => ownership !== 'absent');
  return [...present, ...marked.filter(({ what }) => !present.some((find) => find.what === what && find.ownership === 'own')), ...volumes];
};

interface Volume {
  spec?: { claimRef?: { namespace?: string }; persistentVolumeReclaimPolicy?: string };
  status?: { phase?: string };
}

/**
 * Volumes that were claimed in the tenant's namespace contain its data. A volume with the policy Retain outlives its claim on purpose. The
 * service names it and has no right to remove it: an operator archives or removes it.
 */
const volumesOf = async (kubernetes: Kubernetes, tenant: Tenant): Promise<Find[]> =>
  (await kubernetes.list({ apiVersion: 'v1', kind: 'PersistentVolume' }))
    .filter((manifest) => (manifest as Volume).spec?.claimRef?.namespace === tenant.namespace)
    .map((manifest) => ({ what: wordsFor(manifest), ownership: 'own', isRecorded: true }));

const wordsFor = (manifest: Manifest): string => {
  const { spec, status } = manifest as Volume;
  return `PersistentVolume ${manifest.metadata?.name} (${status?.phase ?? 'unknown'}, reclaim policy ${spec?.persistentVolumeReclaimPolicy ?? 'unknown'})`;
};
