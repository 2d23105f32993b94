import { KubeConfig, KubernetesObjectApi, type KubernetesObject } from '@kubernetes/client-node';
import { endpoints } from './endpoints.ts';

export type ClusterObject = KubernetesObject & { [field: string]: any };

/** The cluster as its administrator sees it. */
export const cluster = () => {
  const config = new KubeConfig();
  config.loadFromFile(endpoints().kubeconfig.admin);
  const api = KubernetesObjectApi.makeApiClient(config);
  return {
    api,
    get: async (apiVersion: string, kind: string, name: string, namespace?: string): Promise<ClusterObject | undefined> =>
      api.read({ apiVersion, kind, metadata: { name, ...(namespace && { namespace }) } }).catch((error: { code?: number }) => {
        if (error.code === 404) return undefined;
        throw error;
      }) as Promise<ClusterObject | undefined>,
    list: async (apiVersion: string, kind: string, namespace?: string): Promise<ClusterObject[]> =>
      (await api.list(apiVersion, kind, namespace)).items as ClusterObject[],
  };
};
