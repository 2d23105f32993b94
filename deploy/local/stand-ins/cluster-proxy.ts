import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { V1Pod, V1Service } from '@kubernetes/client-node';
import { anyone } from './auth.ts';
import type { Call } from './call.ts';
import type { Cluster } from './cluster.ts';
import { createStandIn, type StandIn } from './stand-in.ts';

/** The paths at which the platform's services report their health. */
const HEALTH_PATHS = new Set(['/health', '/actuator/health']);

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

export interface ClusterProxy {
  /** `/_faults` and `/healthz`, for requests addressed to the proxy itself. */
  controls: StandIn;
  listener: RequestListener;
}

/**
 * A plain HTTP forward proxy for `http://{service}.{namespace}.svc.cluster.local:{port}/…`, the way into a cluster whose pods are simulated.
 * It answers as the service would, from what the API server says now: 502 when the name does not resolve or the port is closed,
 * 503 when no pod behind it is ready, 200 `{"status":"UP"}` otherwise. Faults match on the whole URL as `path`.
 */
export const createClusterProxy = (cluster: Cluster): ClusterProxy => {
  const controls = createStandIn({ authenticate: anyone });

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '');
    const fault = await controls.faults.strike(describe(request, url));
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'lost-reply') return void request.socket.destroy();
    const { status, body } = fault
      ? { status: fault.kind === 'throttle' ? 429 : fault.status, body: { status: 'DOWN', message: fault.message } }
      : await health(cluster, url).catch((error: unknown) => ({ status: 502, body: { message: `the cluster does not answer: ${String(error)}` } }));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

  return {
    controls,
    listener: (request, response) => (request.url?.startsWith('http://') ? void forward(request, response) : controls.app(request, response)),
  };
};

const describe = (request: IncomingMessage, url: URL): Call => ({
  method: request.method ?? 'GET', path: url.href, params: {}, query: url.searchParams, header: (name) => request.headers[name]?.toString(),
  body: undefined, tenantId: request.headers['x-tenant-id']?.toString(),
});

const health = async (cluster: Cluster, url: URL): Promise<Answer> => {
  const [, name, namespace] = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc\.cluster\.local$/.exec(url.hostname) ?? [];
  const service = name && namespace ? await cluster.call<V1Service>('GET', `/api/v1/namespaces/${namespace}/services/${name}`) : undefined;
  if (!namespace || !service) return { status: 502, body: { message: `${url.hostname} does not resolve` } };
  const port = Number(url.port || 80);
  if (!service.spec?.ports?.some((one) => one.port === port)) return { status: 502, body: { message: `connection refused: ${url.hostname} has no port ${port}` } };

  const selector = Object.entries(service.spec.selector ?? {}).map(([label, value]) => `${label}=${value}`).join(',');
  const pods = await podsOf(cluster, namespace, selector);
  if (!pods.some(isReady)) return { status: 503, body: { status: 'DOWN', message: `none of ${pods.length} pods behind ${name} is ready` } };
  return HEALTH_PATHS.has(url.pathname) ? { status: 200, body: { status: 'UP' } } : { status: 404, body: { message: `nothing at ${url.pathname}` } };
};

/** A Service without a selector has no pods of its own. */
const podsOf = async (cluster: Cluster, namespace: string, selector: string): Promise<V1Pod[]> =>
  (selector === '' ? [] : (await cluster.call<{ items: V1Pod[] }>('GET', `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`))?.items ?? []);

const isReady = ({ metadata, status }: V1Pod): boolean =>
  metadata?.deletionTimestamp === undefined && (status?.conditions ?? []).some(({ type, status: state }) => type === 'Ready' && state === 'True');
