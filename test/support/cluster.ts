import { HttpMethod, KubeConfig } from '@kubernetes/client-node';
import { isNotFound } from '../../connectors/kubernetes/errors.ts';
import type { Manifest } from '../../connectors/kubernetes/interface.ts';
import { ObjectClient } from '../../connectors/kubernetes/object-client.ts';
import { endpoints } from './endpoints.ts';

export type ClusterObject = Manifest & { [field: string]: any };

const CALL_TIMEOUT_MS = 20_000;

/** The cluster as its administrator sees it; `get` and `list` answer with its own JSON, whose fields the library's models rename. */
export const cluster = () => {
  const config = new KubeConfig();
  config.loadFromFile(endpoints().kubeconfig.admin);
  const api = new ObjectClient(config, CALL_TIMEOUT_MS);
  const read = (action: 'read' | 'list', object: Manifest): Promise<ClusterObject> => api.send({ method: HttpMethod.GET, action, object });
  return {
    api,
    get: async (apiVersion: string, kind: string, name: string, namespace?: string): Promise<ClusterObject | undefined> =>
      read('read', { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) } }).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      }),
    list: async (apiVersion: string, kind: string, namespace?: string): Promise<ClusterObject[]> =>
      (await read('list', { apiVersion, kind, metadata: { ...(namespace && { namespace }) } }))['items'] as ClusterObject[],
  };
};

/**
 * Messages of the pods that were refused in a namespace. Two controllers that charge one quota at the same moment are no refusal: the
 * second is told that the quota has been modified and tries again.
 */
export const refusedPods = async (namespace: string): Promise<string[]> =>
  (await cluster().list('v1', 'Event', namespace))
    .filter((event) => event['reason'] === 'FailedCreate')
    .map((event) => String(event['message']))
    .filter((message) => !/Operation cannot be fulfilled on resourcequotas .* the object has been modified/.test(message));
