/** Which host and path of a tenant leads to which of its services. */

export interface Route {
  /** Prefix of the path, matched by whole segments. */
  readonly path: string;
  readonly service: string;
}

export interface VirtualHost {
  readonly host: string;
  readonly routes: readonly Route[];
}

/** Below `/api`. What no other prefix takes goes to the query engine. The agent is reached from inside only. */
const API_ROUTES: readonly Route[] = [
  { path: '/api', service: 'query-engine' },
  { path: '/api/catalog', service: 'catalog-service' },
  { path: '/api/semantic', service: 'semantic-layer' },
  { path: '/api/bi', service: 'bi-service' },
  { path: '/api/pipelines', service: 'pipeline-service' },
  { path: '/api/ai', service: 'ai-service' },
  { path: '/api/ml', service: 'ml-service' },
  { path: '/api/quality', service: 'data-quality-service' },
  { path: '/api/render', service: 'render-service' },
  { path: '/api/ontology', service: 'ontology-service' },
  { path: '/api/governance', service: 'governance-service' },
  { path: '/api/ops', service: 'ops-agent-service' },
];

/** Web socket connections of the AI chat. */
const SOCKETS: Route = { path: '/ws', service: 'ai-service' };

/** Sign-in and everything else of the tenant's own address. */
const FRONT: Route = { path: '/', service: 'auth-proxy' };

/** The hosts of a tenant's zone with their routes, the tenant's own address first. */
export const hostsOf = (zone: string): VirtualHost[] => [
  { host: zone, routes: [...API_ROUTES, SOCKETS, FRONT] },
  { host: `api.${zone}`, routes: [...API_ROUTES, SOCKETS] },
  { host: `bi.${zone}`, routes: [{ path: '/', service: 'bi-service' }] },
];
