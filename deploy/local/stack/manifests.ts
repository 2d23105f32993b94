import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ApiextensionsV1Api, ApiException, CoreV1Api, KubernetesObjectApi, PatchStrategy, type KubeConfig, type KubernetesObject } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { projectFolder } from '../project-folder.ts';
import { waitUntil } from './ready.ts';
import type { Supervisor } from './supervisor.ts';

/** What stands in the cluster before the service comes: the stack's own, the stand-ins', and the service's identity as in production. */
const FOLDERS = ['deploy/local/stack/manifests', 'deploy/local/stand-ins/manifests', 'deploy/kubernetes'];

/** Kinds on which others depend, in the order in which they must be there. */
const FIRST = ['Namespace', 'CustomResourceDefinition'];

/** Applies every document of {@link FOLDERS} as the cluster's administrator and waits until new kinds are served and nodes are ready. */
export async function applyManifests(kubeconfig: KubeConfig, supervisor: Supervisor): Promise<void> {
  const objects = FOLDERS.flatMap(readFolder);
  const later = objects.filter(({ kind }) => !FIRST.includes(kind ?? ''));
  for (const kind of FIRST) await apply(kubeconfig, objects.filter((object) => object.kind === kind));
  await waitUntil('custom resources', supervisor, () => definitionsEstablished(kubeconfig));
  await apply(kubeconfig, later);
  await waitUntil('simulated nodes', supervisor, () => nodesReady(kubeconfig));
}

function readFolder(folder: string): KubernetesObject[] {
  const path = join(projectFolder, folder);
  const files = readdirSync(path).filter((name) => name.endsWith('.yaml')).toSorted();
  return files.flatMap((name) => parseAllDocuments(readFileSync(join(path, name), 'utf8')).map((document) => document.toJS()).filter(Boolean));
}

/** Server-side apply, all at once. A client of its own each time: it remembers the kinds it discovered, and new ones appear. */
async function apply(kubeconfig: KubeConfig, objects: readonly KubernetesObject[]): Promise<void> {
  const client = KubernetesObjectApi.makeApiClient(kubeconfig);
  await Promise.all(objects.map(async (object) => {
    try {
      await client.patch(object, undefined, undefined, 'local-stack', true, PatchStrategy.ServerSideApply);
    } catch (error) {
      const reason = error instanceof ApiException ? error.body : (error as Error).message;
      throw new Error(`cannot apply ${object.kind} ${object.metadata?.name}: ${String(reason)}`, { cause: error });
    }
  }));
}

async function definitionsEstablished(kubeconfig: KubeConfig): Promise<boolean> {
  const { items } = await kubeconfig.makeApiClient(ApiextensionsV1Api).listCustomResourceDefinition();
  return items.every(({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True'));
}

async function nodesReady(kubeconfig: KubeConfig): Promise<boolean> {
  const { items } = await kubeconfig.makeApiClient(CoreV1Api).listNode();
  return items.length > 0 && items.every(({ spec, status }) =>
    !spec?.taints?.length && status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'));
}
