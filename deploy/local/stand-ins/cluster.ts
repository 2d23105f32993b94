import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, request } from 'undici';

/** The longest answer waited for. */
const TIMEOUT_MS = 10_000;

export const MERGE = 'application/merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';

/** A refusal by the API server. */
export class ClusterError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Cluster {
  /** One call of the Kubernetes API; undefined where there is no such object or kind. Rejects with ClusterError. */
  call<T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown, contentType?: string): Promise<T | undefined>;
}

/**
 * The local cluster as its administrator. JSON as it is, over connections that stay open: the library's own client opens one for every call,
 * which a controller that polls would pay for. The kubeconfig is read at the first call, because the stand-ins may start before it is written.
 */
export const localCluster = (kubeconfig: string): Cluster => {
  let connection: ReturnType<typeof connect> | undefined;

  return {
    async call<T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown, contentType = 'application/json') {
      connection ??= connect(kubeconfig).catch((error: unknown) => {
        connection = undefined;
        throw error;
      });
      const { server, dispatcher, headers } = await connection;
      const answer = await request(`${server}${path}`, {
        method, dispatcher, headers: { ...headers, 'content-type': contentType }, body: body === undefined ? null : JSON.stringify(body), signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const json = await answer.body.json() as { message?: string };
      if (answer.statusCode === 404) return undefined;
      if (answer.statusCode >= 400) throw new ClusterError(answer.statusCode, json.message ?? `the API server answered ${answer.statusCode}`);
      return json as T;
    },
  };
};

const connect = async (kubeconfig: string) => {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, rejectUnauthorized, headers } = options;
  return {
    server: config.getCurrentCluster()?.server ?? '',
    dispatcher: new Agent({ connect: { ca, cert, key, rejectUnauthorized } as NonNullable<Agent.Options['connect']> }),
    headers: headers as Record<string, string>,
  };
};

/** Completes also when the object exists already. */
export const unlessPresent = async (creation: Promise<unknown>): Promise<void> => {
  try {
    await creation;
  } catch (error) {
    if (!(error instanceof ClusterError) || error.status !== 409) throw error;
  }
};
