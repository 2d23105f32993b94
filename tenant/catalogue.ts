/** The data plane: fourteen services, what they call and in which wave they are deployed. */

export interface DataPlaneService {
  readonly name: string;
  /** Port of the Kubernetes Service, the one VERIFY calls. */
  readonly port: number;
  /** Suffix of the service's schema, where it has one. */
  readonly database: string | null;
  /** Data plane services it calls; they are deployed before it. */
  readonly calls: readonly string[];
  /** 1 = calls nothing of the data plane; otherwise one more than the highest wave it calls. */
  readonly wave: number;
  readonly healthPath: string;
}

const service = (name: string, port: number, database: string | null, wave: number, calls: readonly string[] = []): DataPlaneService => ({
  name, port, database, calls, wave, healthPath: '/health',
});

const LOCAL_SERVICES: readonly DataPlaneService[] = [
  service('query-engine', 8080, 'query', 1),
  service('catalog-service', 8086, 'catalog', 1),
  service('semantic-layer', 8086, null, 1),
  service('bi-service', 8084, 'bi', 2, ['semantic-layer', 'query-engine', 'render-service']),
  service('pipeline-service', 8092, 'pipeline', 2, ['query-engine']),
  service('ai-service', 8000, 'ai', 2, ['query-engine', 'semantic-layer', 'catalog-service', 'ontology-service']),
  service('ml-service', 8000, 'ml', 1),
  service('data-quality-service', 8000, 'quality', 2, ['query-engine', 'catalog-service']),
  service('render-service', 8098, null, 1),
  service('ontology-service', 8101, 'ontology', 1),
  service('governance-service', 8080, 'governance', 2, ['catalog-service']),
  service('ops-agent-service', 8080, null, 3, ['ai-service']),
  service('auth-proxy', 5000, null, 1),
];

/** All fourteen. The data plane agent calls every other one, so it comes last. */
export const CATALOGUE: readonly DataPlaneService[] = [
  ...LOCAL_SERVICES,
  service('data-plane-agent', 8085, null, 4, LOCAL_SERVICES.map(({ name }) => name)),
];

/** The services grouped by wave, in deployment order. */
export const WAVES: readonly (readonly DataPlaneService[])[] = [...new Set(CATALOGUE.map(({ wave }) => wave))]
  .sort((a, b) => a - b)
  .map((wave) => CATALOGUE.filter((candidate) => candidate.wave === wave));

/** Chart, Service and Deployment of the tenant's ingress controller, its fifteenth release. */
export const INGRESS_CONTROLLER = 'ingress-controller';

/** Releases whose pods are replaced at the same time: the surge of four is what the smallest quota has room for. */
const UPGRADES_AT_A_TIME = 4;

const RELEASES: readonly string[] = [...WAVES.flat().map(({ name }) => name), INGRESS_CONTROLLER];

/** All fifteen releases by the names of their charts, in the groups that are upgraded one after another. */
export const UPGRADE_BATCHES: readonly (readonly string[])[] = Array.from(
  { length: Math.ceil(RELEASES.length / UPGRADES_AT_A_TIME) },
  (_, index) => RELEASES.slice(index * UPGRADES_AT_A_TIME, (index + 1) * UPGRADES_AT_A_TIME));

/** Suffixes of the nine schemas, in the mission's order. */
export const DATABASES = ['ai', 'bi', 'query', 'catalog', 'pipeline', 'ml', 'quality', 'ontology', 'governance'] as const;

/** The service of that name; undefined when the catalogue has none. */
export const serviceNamed = (name: string): DataPlaneService | undefined => CATALOGUE.find((candidate) => candidate.name === name);
