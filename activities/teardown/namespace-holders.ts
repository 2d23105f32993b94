import type { Kubernetes, ListOptions, Manifest } from '../../connectors/kubernetes/interface.ts';
import { TenantError } from '../../tenant/errors.ts';

/** Where the objects with finalizers are remembered: once a namespace is being deleted our own binding in it is gone, and nobody looks. */
const ANNOTATION = 'matih.io/held-by';

/** Kinds that carry finalizers in practice; of any other kind the namespace's own conditions still give kind, count and finalizer. */
const KINDS: readonly Omit<ListOptions, 'namespace'>[] = [
  ...['ConfigMap', 'PersistentVolumeClaim', 'Pod', 'Secret', 'Service'].map((kind) => ({ apiVersion: 'v1', kind })),
  ...['Deployment', 'StatefulSet'].map((kind) => ({ apiVersion: 'apps/v1', kind })),
  { apiVersion: 'batch/v1', kind: 'Job' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  ...['Certificate', 'CertificateRequest'].map((kind) => ({ apiVersion: 'cert-manager.io/v1', kind })),
  ...['Order', 'Challenge'].map((kind) => ({ apiVersion: 'acme.cert-manager.io/v1', kind })),
];

/** An annotation holds 256 KiB; a person reads fewer. */
const MOST = 20;

interface Holder {
  kind: string;
  name: string;
  finalizers: string[];
  since: string | undefined;
}

/** Writes down which objects have finalizers, before the namespace's deletion begins. */
export const noteHolders = async (kubernetes: Kubernetes, namespace: string): Promise<void> => {
  const objects = (await Promise.all(KINDS.map((kind) => listIfAllowed(kubernetes, { ...kind, namespace })))).flat();
  const holders = objects.filter(({ metadata }) => (metadata?.finalizers ?? []).length > 0).slice(0, MOST).map(holderOf);
  if (holders.length === 0) return;
  await kubernetes.mergePatch({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, { metadata: { annotations: { [ANNOTATION]: JSON.stringify(holders) } } });
};

/** The objects that keep a namespace from ending: kind, name, finalizer and age, and the namespace controller's own message. */
export const whyItHangs = (namespace: Manifest, now: Date): string | undefined => {
  const conditions = ((namespace['status'] as { conditions?: { status: string; message?: string }[] } | undefined)?.conditions ?? [])
    .filter(({ status, message }) => status === 'True' && message)
    .map(({ message }) => message ?? '');
  const holders = JSON.parse(namespace.metadata?.annotations?.[ANNOTATION] ?? '[]') as Holder[];
  const held = holders
    .filter(({ finalizers }) => finalizers.some((finalizer) => conditions.some((message) => message.includes(finalizer))))
    .map(({ kind, name, finalizers, since }) => `${kind} ${name} is held by ${finalizers.join(', ')}${ageOf(since, now)}`);
  return [...held, ...conditions].join('; ') || undefined;
};

const holderOf = ({ kind, metadata }: Manifest): Holder => ({
  kind: kind ?? 'unknown', name: metadata?.name ?? 'unknown', finalizers: metadata?.finalizers ?? [],
  since: metadata?.creationTimestamp === undefined ? undefined : String(metadata.creationTimestamp),
});

const ageOf = (since: string | undefined, now: Date): string =>
  since === undefined ? '' : `, ${Math.round((now.getTime() - new Date(since).getTime()) / 60_000)} min old`;

/** A namespace that we never got to enter has nothing in it that we could have made. */
const listIfAllowed = (kubernetes: Kubernetes, options: ListOptions): Promise<Manifest[]> => kubernetes.list(options).catch((error: unknown) => {
  if (error instanceof TenantError && error.failureClass === 'UNAUTHORIZED') return [];
  throw error;
});
