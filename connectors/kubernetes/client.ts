import { HttpMethod, KubeConfig, PatchStrategy } from '@kubernetes/client-node';
import { MANAGED_BY } from '../../tenant/names.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import { isNotFound } from './errors.ts';
import type { Kubernetes, ListOptions, Manifest, ObjectRef } from './interface.ts';
import { ObjectClient } from './object-client.ts';

/** Objects a page of a list holds. */
const PAGE_SIZE = 500;

const OWNED = { fieldManager: MANAGED_BY };

/** The Kubernetes API as the account of the kubeconfig, or of the pod when there is none. */
export const createKubernetes = (settings: Pick<WorkerSettings, 'TENANT_SERVICE_KUBECONFIG' | 'SERVICE_CALL_TIMEOUT_SECONDS'>): Kubernetes => {
  const client = new ObjectClient(kubeConfigOf(settings.TENANT_SERVICE_KUBECONFIG), settings.SERVICE_CALL_TIMEOUT_SECONDS * 1000);
  return {
    create: (manifest) => client.send({ method: HttpMethod.POST, action: 'create', object: manifest, query: OWNED, body: manifest }),

    apply: (manifest) => client.send({
      method: HttpMethod.PATCH, action: 'patch', object: manifest, body: manifest,
      query: { ...OWNED, force: 'true' }, contentType: PatchStrategy.ServerSideApply,
    }),

    get: (ref) => orMissing(client.send({ method: HttpMethod.GET, action: 'read', object: headOf(ref) })),

    list: (options) => listAll(client, options),

    mergePatch: (ref, patch) => orMissing(client.send({
      method: HttpMethod.PATCH, action: 'patch', object: headOf(ref), query: OWNED, body: patch, contentType: PatchStrategy.MergePatch,
    })),

    remove: async (ref, { propagation = 'Background', ...preconditions } = {}) => {
      const body = { propagationPolicy: propagation, preconditions };
      await orMissing(client.send({ method: HttpMethod.DELETE, action: 'delete', object: headOf(ref), body }));
    },

    scale: async (ref, replicas, resourceVersion) => {
      await client.send({
        method: HttpMethod.PATCH, action: 'patch', object: headOf(ref), subresource: 'scale', query: OWNED,
        body: { ...(resourceVersion && { metadata: { resourceVersion } }), spec: { replicas } }, contentType: PatchStrategy.MergePatch,
      });
    },
  };
};

const kubeConfigOf = (path: string | undefined): KubeConfig => {
  const config = new KubeConfig();
  if (path) config.loadFromFile(path);
  else config.loadFromCluster();
  return config;
};

const headOf = ({ apiVersion, kind, name, namespace }: ObjectRef): Manifest =>
  ({ apiVersion, kind, metadata: { name, ...(namespace && { namespace }) } });

const orMissing = async (request: Promise<Manifest>): Promise<Manifest | undefined> => {
  try {
    return await request;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

/** A kind the cluster does not serve has no objects. The items of a list carry no type of their own, so it is added. */
const listAll = async (client: ObjectClient, { apiVersion, kind, namespace, labelSelector }: ListOptions): Promise<Manifest[]> => {
  const items: Manifest[] = [];
  let continueToken: string | undefined;
  do {
    const page = await orMissing(client.send({
      method: HttpMethod.GET, action: 'list', object: { apiVersion, kind, metadata: namespace ? { namespace } : {} },
      query: { limit: String(PAGE_SIZE), ...(labelSelector && { labelSelector }), ...(continueToken && { continue: continueToken }) },
    })) as { items: Manifest[]; metadata?: { continue?: string } } | undefined;
    items.push(...(page?.items ?? []).map((item) => ({ ...item, apiVersion, kind })));
    continueToken = page?.metadata?.continue;
  } while (continueToken);
  return items;
};
