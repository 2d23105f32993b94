import type { Kubernetes, Manifest, ObjectRef } from '../../connectors/kubernetes/interface.ts';
import { serviceNamed } from '../../tenant/catalogue.ts';
import { TenantError } from '../../tenant/errors.ts';

/** Replicas from before a suspension. Written once, before scaling to zero; gone when they are back. */
const REMEMBERED = 'matih.io/replicas-before-suspension';

/** A Deployment or StatefulSet, as far as stopping and starting it needs. */
export interface Scalable {
  ref: ObjectRef & { namespace: string };
  manifest: Manifest;
  replicas: number;
  /** Replicas before the suspension; null if no suspension has stopped the workload. NaN for an unreadable annotation. */
  remembered: number | null;
  /** Whether its controller has seen the present replicas, and none of its pods is left. */
  isEmpty: boolean;
}

interface Fields {
  metadata?: { name?: string; generation?: number; annotations?: Record<string, string> };
  spec?: { replicas?: number };
  status?: { observedGeneration?: number; replicas?: number };
}

/** Deployments and StatefulSets of a namespace in start order: callees before callers. */
export const listScalables = async (kubernetes: Kubernetes, namespace: string): Promise<Scalable[]> => {
  const lists = ['Deployment', 'StatefulSet'].map((kind) => kubernetes.list({ apiVersion: 'apps/v1', kind, namespace }));
  return (await Promise.all(lists)).flat()
    .map((manifest) => scalableOf(namespace, manifest))
    .sort((one, other) => stageOf(one) - stageOf(other) || one.ref.name.localeCompare(other.ref.name));
};

/**
 * Position in the order of starting: stores that somebody put beside the services, then the services by their waves, then whatever else
 * there is, with the ingress controller, which opens the tenant to the outside.
 */
export const stageOf = ({ ref: { kind, name } }: Scalable): number =>
  serviceNamed(name)?.wave ?? (kind === 'StatefulSet' ? 0 : Number.MAX_SAFE_INTEGER);

/** Remembers the replicas, unless that is done already, then scales to zero. Throws if the object changed since it was read (`isOutdated`). */
export const stop = async (kubernetes: Kubernetes, { ref, manifest, replicas, remembered }: Scalable): Promise<void> => {
  if (replicas === 0) return;
  const noted = remembered === null ? await annotate(kubernetes, ref, String(replicas), manifest.metadata?.resourceVersion) : manifest;
  await kubernetes.scale(ref, 0, noted?.metadata?.resourceVersion);
};

/** Restores the remembered replicas, then removes the annotation. Workloads that no suspension stopped are left alone. */
export const start = async (kubernetes: Kubernetes, { ref, manifest, replicas, remembered }: Scalable): Promise<void> => {
  if (remembered === null) return;
  if (Number.isNaN(remembered)) {
    const held = JSON.stringify(manifest.metadata?.annotations?.[REMEMBERED]);
    throw new TenantError('CONFLICT', `${ref.kind} ${ref.name}: the annotation ${REMEMBERED} holds ${held}, which is no number of replicas`);
  }
  if (replicas !== remembered) await kubernetes.scale(ref, remembered);
  await annotate(kubernetes, ref, null);
};

const annotate = (kubernetes: Kubernetes, ref: ObjectRef, value: string | null, resourceVersion?: string) =>
  kubernetes.mergePatch(ref, { metadata: { annotations: { [REMEMBERED]: value }, ...(resourceVersion && { resourceVersion }) } });

const scalableOf = (namespace: string, manifest: Manifest): Scalable => {
  const { metadata, spec, status } = manifest as Fields;
  const ref = { apiVersion: 'apps/v1', kind: manifest.kind ?? '', name: metadata?.name ?? '', namespace };
  return {
    ref,
    manifest,
    replicas: spec?.replicas ?? 1,
    remembered: rememberedOf(metadata?.annotations?.[REMEMBERED]),
    isEmpty: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1) && (status?.replicas ?? 0) === 0,
  };
};

/** An unreadable annotation does not block a suspension. It is refused when it is needed. */
const rememberedOf = (value: string | undefined): number | null => {
  if (value === undefined) return null;
  return /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
};
