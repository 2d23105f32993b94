/** A cluster in memory, in place of Kubernetes and Helm where many tenants are needed and neither is what a test is about. */
import { once } from 'node:events';
import { callContext } from '../../connectors/call-context.ts';
import type { DeployRelease, Helm } from '../../connectors/helm/interface.ts';
import type { Kubernetes, ListOptions, Manifest, ObjectRef } from '../../connectors/kubernetes/interface.ts';
import { INGRESS_CONTROLLER } from '../../tenant/catalogue.ts';
import { TenantError } from '../../tenant/errors.ts';
import type { Cure } from './causes.ts';

type Fields = Record<string, any>;
type Gate = (signal: AbortSignal | undefined) => Promise<void>;

const keyOf = ({ kind, namespace = '', name }: ObjectRef): string => `${namespace}/${kind}/${name}`;
const refOf = ({ apiVersion = '', kind = '', metadata }: Manifest): ObjectRef =>
  ({ apiVersion, kind, name: metadata?.name ?? '', ...(metadata?.namespace && { namespace: metadata.namespace }) });

/** What the cluster's controllers make of an object, at once. */
const statusOf = ({ kind, spec }: Fields): Fields | undefined => {
  const replicas = spec?.replicas ?? 1;
  switch (kind) {
    case 'Deployment': return { observedGeneration: 1, replicas, updatedReplicas: replicas, availableReplicas: replicas };
    case 'ResourceQuota': return { hard: spec.hard };
    case 'Certificate': return { conditions: [{ type: 'Ready', status: 'True' }], notAfter: '2099-01-01T00:00:00Z' };
    case 'Service': return { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } };
    default: return undefined;
  }
};

export class FastCluster {
  readonly #objects = new Map<string, Fields>();
  readonly #releases = new Map<string, DeployRelease & { revision: number }>();
  readonly #gates = new Map<string, Gate>();
  readonly #waiting = new Set<string>();

  /** Has every call about a namespace wait until the returned function is called. */
  hold(namespace: string): Cure {
    const opened = new AbortController();
    this.#gates.set(namespace, async (signal) => {
      this.#waiting.add(namespace);
      const ends = AbortSignal.any([opened.signal, ...(signal ? [signal] : [])]);
      if (!ends.aborted) await once(ends, 'abort');
      signal?.throwIfAborted();
    });
    return async () => {
      this.#gates.delete(namespace);
      opened.abort();
    };
  }

  /** Whether a call waits because its namespace is held. */
  isHeld(namespace: string): boolean {
    return this.#waiting.has(namespace);
  }

  /** Has every call about a namespace refused for good until the returned function is called. */
  close(namespace: string): Cure {
    this.#gates.set(namespace, () => Promise.reject(new TenantError('INVALID_REQUEST', 'this part of the cluster is closed')));
    return async () => void this.#gates.delete(namespace);
  }

  readonly kubernetes: Kubernetes = {
    create: async (manifest) => {
      const ref = await this.#enter(refOf(manifest));
      if (this.#objects.has(keyOf(ref))) throw new TenantError('CONFLICT', `${ref.kind} ${ref.name} exists`);
      return this.#put(manifest);
    },
    apply: async (manifest) => {
      await this.#enter(refOf(manifest));
      return this.#put(manifest);
    },
    get: async (ref) => this.#seen(this.#objects.get(keyOf(await this.#enter(ref)))),
    list: async ({ apiVersion, kind, namespace, labelSelector }: ListOptions) => {
      await this.#enter({ apiVersion, kind, name: '', ...(namespace && { namespace }) });
      const [label, value] = labelSelector?.split('=') ?? [];
      return [...this.#objects.values()]
        .filter((object) => object['kind'] === kind && (namespace === undefined || object['metadata'].namespace === namespace))
        .filter((object) => label === undefined || object['metadata'].labels?.[label] === value)
        .map((object) => this.#seen(object)!);
    },
    mergePatch: async (ref, patch: Fields) => {
      const object = this.#objects.get(keyOf(await this.#enter(ref)));
      if (!object) return undefined;
      for (const part of ['annotations', 'labels']) {
        const merged = Object.entries({ ...object['metadata'][part], ...patch['metadata']?.[part] }).filter(([, value]) => value !== null);
        object['metadata'][part] = Object.fromEntries(merged);
      }
      object['spec'] = { ...object['spec'], ...patch['spec'] };
      return this.#seen(object);
    },
    remove: async (ref) => {
      this.#objects.delete(keyOf(await this.#enter(ref)));
      if (ref.kind !== 'Namespace') return;
      for (const key of this.#objects.keys()) if (key.startsWith(`${ref.name}/`)) this.#objects.delete(key);
      for (const [release, { namespace }] of this.#releases) if (namespace === ref.name) this.#releases.delete(release);
    },
    scale: async (ref, replicas) => {
      const object = this.#objects.get(keyOf(await this.#enter(ref)));
      if (object) object['spec'].replicas = replicas;
    },
  };

  readonly helm: Helm = {
    list: async (namespace) => [...this.#releases.values()].filter((release) => release.namespace === namespace).map(releaseOf),
    status: async (release) => {
      const found = this.#releases.get(release);
      return found && releaseOf(found);
    },
    deploy: async (request) => ({ revision: await this.#install(request), action: 'installed' }),
    upgrade: async (request) => ({ revision: await this.#install(request), action: 'upgraded' }),
    render: async () => [],
    uninstall: async (release, namespace) => {
      const found = this.#releases.get(release);
      if (!found) return;
      this.#releases.delete(release);
      for (const kind of ['Deployment', 'Service']) this.#objects.delete(keyOf({ apiVersion: '', kind, namespace, name: found.chart }));
    },
  };

  async #install(request: DeployRelease): Promise<number> {
    const { release, namespace, chart } = request;
    await this.#enter({ apiVersion: 'v1', kind: 'Secret', namespace, name: release });
    const revision = (this.#releases.get(release)?.revision ?? 0) + 1;
    this.#releases.set(release, { ...request, revision });
    this.#put({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: chart, namespace }, spec: { replicas: 1 } });
    if (chart === INGRESS_CONTROLLER) this.#put({ apiVersion: 'v1', kind: 'Service', metadata: { name: chart, namespace } });
    return revision;
  }

  async #enter(ref: ObjectRef): Promise<ObjectRef> {
    await this.#gates.get(ref.namespace ?? ref.name)?.(callContext()?.signal);
    return ref;
  }

  #put(manifest: Manifest): Manifest {
    const key = keyOf(refOf(manifest));
    const { stringData, metadata, ...fields } = structuredClone(manifest) as Fields;
    const data = stringData && Object.fromEntries(Object.entries(stringData as Record<string, string>).map(([name, value]) => [name, Buffer.from(value).toString('base64')]));
    const uid = this.#objects.get(key)?.['metadata'].uid ?? crypto.randomUUID();
    const stored = { ...fields, ...(data && { data }), metadata: { generation: 1, resourceVersion: '1', uid, ...metadata } };
    this.#objects.set(key, stored);
    return structuredClone(stored) as unknown as Manifest;
  }

  #seen(object: Fields | undefined): Manifest | undefined {
    return object && structuredClone({ ...object, status: statusOf(object) ?? object['status'] }) as unknown as Manifest;
  }
}

const releaseOf = ({ release, namespace, revision, chart }: DeployRelease & { revision: number }) =>
  ({ name: release, namespace, revision, status: 'deployed' as const, updatedAt: new Date(0), chart });
