import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { before, describe, it } from 'mocha';
import type { V1Container, V1Deployment, V1IngressClass, V1Probe, V1Role, V1Service } from '@kubernetes/client-node';
import { CATALOGUE, type DataPlaneService } from '../../tenant/catalogue.ts';
import { schemaOf, SECRETS } from '../../tenant/names.ts';
import { TIER_PLANS, TIERS, tierLabel, type Tier } from '../../tenant/tiers.ts';
import { chartsFolder, findHelm, renderChart, TENANT_ID, type Rendering } from '../support/render-chart.ts';

const ENVIRONMENTS = ['dev', 'staging', 'production'];
const INGRESS_CONTROLLER = 'ingress-controller';
const CHARTS = [...CATALOGUE.map(({ name }) => name), INGRESS_CONTROLLER];
const SLUG = 'acme-ai';
const LABELS = (tier: Tier) => ({
  'matih.io/tenant': SLUG,
  'matih.io/tenant-id': TENANT_ID,
  'matih.io/tier': tierLabel(tier),
  'matih.io/managed-by': 'tenant-service',
  'app.kubernetes.io/part-of': 'matih-data-plane',
});

/** Services given credentials other than Redis's, which all have, and the database's, which the catalogue tells. */
const KAFKA = ['pipeline-service', 'catalog-service', 'query-engine', 'data-quality-service', 'governance-service', 'ml-service', 'ai-service', 'ops-agent-service'];
const JWT = ['auth-proxy'];
const LLM = ['ai-service'];

interface Workload { chart: string; tier: Tier; environment: string; objects: { kind: string; metadata: { name: string; labels: Record<string, string> } }[] }

const find = <T>({ chart, objects }: Workload, kind: string): T => {
  const found = objects.filter((object) => object.kind === kind);
  equal(found.length, 1, `${chart}: one ${kind}`);
  return found[0] as T;
};
const deploymentOf = (workload: Workload) => find<V1Deployment>(workload, 'Deployment');
const podOf = (workload: Workload) => deploymentOf(workload).spec!.template;
const containerOf = (workload: Workload): V1Container => podOf(workload).spec!.containers[0]!;

/** Cores and MiB. */
const cores = (quantity: string): number => (quantity.endsWith('m') ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity));
const mebibytes = (quantity: string): number => Number.parseFloat(quantity) * (quantity.endsWith('Gi') ? 1024 : 1);

describe('charts of the data plane', function () {
  this.timeout(600_000); // the first run may have to fetch or build helm
  let helm: string;
  const render = (rendering: Partial<Rendering> & Pick<Rendering, 'chart'>) =>
    renderChart<Workload['objects'][number]>(helm, { slug: SLUG, tier: 'free', environment: 'dev', ...rendering });

  const workloads: Workload[] = [];
  const of = (chart: string) => workloads.filter((workload) => workload.chart === chart);
  const services = () => workloads.filter(({ chart }) => chart !== INGRESS_CONTROLLER);

  before(async () => {
    helm = await findHelm();
    const wanted = CHARTS.flatMap((chart) => TIERS.flatMap((tier) => ENVIRONMENTS.map((environment) => ({ chart, tier, environment }))));
    const renderNext = async (): Promise<void> => {
      for (let next = wanted.pop(); next; next = wanted.pop()) {
        workloads.push({ ...next, objects: await render({ ...next, tier: tierLabel(next.tier) }) });
      }
    };
    await Promise.all([1, 2, 3].map(renderNext));
  });

  it('are those of the catalogue, the ingress controller and the library', () => {
    deepEqual(readdirSync(chartsFolder).toSorted(), [...CHARTS, 'matih-base'].toSorted());
  });

  for (const service of CATALOGUE) {
    it(`${service.name}: named, addressed, sized and connected as the catalogue says`, () => {
      for (const workload of of(service.name)) {
        equal(deploymentOf(workload).metadata!.name, service.name);
        const { metadata, spec } = find<V1Service>(workload, 'Service');
        equal(metadata!.name, service.name);
        deepEqual(spec!.ports, [{ name: 'http', port: service.port, targetPort: 'http' }]);
        deepEqual(containerOf(workload).ports, [{ name: 'http', containerPort: service.port }]);
        deepEqual(spec!.selector, deploymentOf(workload).spec!.selector.matchLabels);
        assertEnvironment(workload, service);
        assertSecrets(workload, service);
      }
    });
  }

  it('probe as the platform documents', () => {
    for (const workload of services()) {
      const { startupProbe, readinessProbe, livenessProbe } = containerOf(workload);
      const { healthPath } = CATALOGUE.find(({ name }) => name === workload.chart)!;
      const times = (probe: V1Probe | undefined) => [probe!.initialDelaySeconds, probe!.periodSeconds, probe!.failureThreshold];
      deepEqual(times(startupProbe), [10, 5, 30]);
      deepEqual(times(readinessProbe), [10, 5, 3]);
      deepEqual(times(livenessProbe), [30, 10, 3]);
      for (const probe of [startupProbe, readinessProbe, livenessProbe]) deepEqual(probe!.httpGet, { path: healthPath, port: 'http' });
    }
  });

  it('run without privileges', () => {
    for (const workload of workloads) {
      const { securityContext, containers, initContainers = [], volumes } = podOf(workload).spec!;
      equal(securityContext!.runAsNonRoot, true);
      equal(securityContext!.seccompProfile!.type, 'RuntimeDefault');
      ok(volumes!.every((volume) => volume.emptyDir), `${workload.chart}: volumes hold nothing that lasts`);
      for (const { securityContext: context } of [...containers, ...initContainers]) {
        equal(context!.allowPrivilegeEscalation, false);
        equal(context!.readOnlyRootFilesystem, true);
        deepEqual(context!.capabilities!.drop, ['ALL']);
      }
    }
    for (const workload of services()) {
      equal(containerOf(workload).securityContext!.capabilities!.add, undefined);
      equal(podOf(workload).spec!.serviceAccountName, 'tenant-workload');
      equal(podOf(workload).spec!.automountServiceAccountToken, ['data-plane-agent', 'ops-agent-service'].includes(workload.chart));
    }
  });

  it('label every object and pod with the tenant, and select by nothing that can change', () => {
    for (const workload of workloads) {
      const labelled = [...workload.objects.map(({ metadata }) => metadata), podOf(workload).metadata!];
      for (const { name, labels } of labelled) {
        for (const [label, value] of Object.entries(LABELS(workload.tier))) equal(labels![label], value, `${name}: ${label}`);
      }
      deepEqual(Object.keys(deploymentOf(workload).spec!.selector.matchLabels!).toSorted(), ['app.kubernetes.io/instance', 'app.kubernetes.io/name']);
    }
  });

  it('replace pods one by one, never below the number of replicas', () => {
    for (const workload of workloads) deepEqual(deploymentOf(workload).spec!.strategy!.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
  });

  for (const tier of TIERS) {
    it(`fit the quota of ${tier} together, with four more pods of rolling updates`, () => {
      const quota = (TIER_PLANS[tier].quota ?? TIER_PLANS.PROFESSIONAL.quota)!; // Enterprise: at least what Professional has
      for (const environment of ENVIRONMENTS) {
        const sizes = workloads.filter((workload) => workload.tier === tier && workload.environment === environment).map((workload) => {
          const { cpu, memory } = containerOf(workload).resources!.requests!;
          return { replicas: deploymentOf(workload).spec!.replicas!, cpu: cores(cpu!), memory: mebibytes(memory!) };
        });
        equal(sizes.length, CHARTS.length);
        const sum = (size: (each: typeof sizes[number]) => number): number => {
          const surge = sizes.map((each) => size(each) / each.replicas).toSorted((a, b) => b - a).slice(0, 4);
          return [...sizes.map(size), ...surge].reduce((total, each) => total + each, 0);
        };
        ok(sum(({ replicas }) => replicas) <= quota.pods, 'pods');
        ok(sum(({ replicas, cpu }) => replicas * cpu) <= cores(quota.cpu) + 1e-9, 'cpu');
        ok(sum(({ replicas, memory }) => replicas * memory) <= mebibytes(quota.memory), 'memory');
      }
    });
  }

  it('render disruption budgets and autoscalers when told to, and then leave the replicas to the autoscaler', async () => {
    const objects = await render({ chart: 'query-engine', set: 'podDisruptionBudget.enabled=true,autoscaling.enabled=true' });
    deepEqual(objects.map(({ kind }) => kind).toSorted(), ['Deployment', 'HorizontalPodAutoscaler', 'PodDisruptionBudget', 'Service']);
    equal((objects.find(({ kind }) => kind === 'Deployment') as V1Deployment).spec!.replicas, undefined);
  });

  it('refuse values they do not know', async () => {
    await rejects(render({ chart: 'query-engine', tier: 'gold' }), /'\/tenant\/tier': value must be one of/);
    await rejects(render({ chart: 'query-engine', slug: 'acme--ai' }), /'\/tenant\/id': .* does not match pattern/);
    await rejects(render({ chart: 'query-engine', set: 'replica=3' }), /additional properties 'replica' not allowed/);
    await rejects(render({ chart: INGRESS_CONTROLLER, tier: 'gold' }), /'\/tenant\/tier': value must be one of/);
  });

  it('keep a slug a string, whatever YAML would make of it', async () => {
    for (const { metadata } of await render({ chart: 'query-engine', slug: 'null' })) equal(metadata.labels['matih.io/tenant'], 'null');
  });

  it('confine the ingress controller to the namespace and a class of its own', () => {
    for (const workload of of(INGRESS_CONTROLLER)) {
      const outside = workload.objects.filter(({ kind }) => kind.startsWith('Cluster') || kind === 'IngressClass');
      deepEqual(outside.map(({ kind, metadata }) => [kind, metadata.name]), [['IngressClass', `nginx-${SLUG}`]]);
      equal(find<V1IngressClass>(workload, 'IngressClass').spec!.controller, 'nginx.org/ingress-controller');
      const { args } = containerOf(workload);
      for (const argument of [`-ingress-class=nginx-${SLUG}`, '-watch-namespace=$(POD_NAMESPACE)', '-enable-snippets=false', '-enable-telemetry-reporting=false', '-report-ingress-status']) {
        ok(args!.includes(argument), argument);
      }
      const writes = find<V1Role>(workload, 'Role').rules!.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)));
      deepEqual(writes.flatMap(({ resources }) => resources!).toSorted(), ['events', 'ingresses/status', 'leases', 'leases']);
      deepEqual(find<V1Service>(workload, 'Service').spec!.ports!.map(({ port, targetPort }) => [port, targetPort]), [[80, 'http'], [443, 'https']]);
      equal(find<V1Service>(workload, 'Service').spec!.allocateLoadBalancerNodePorts, false);
    }
  });
});

function assertEnvironment(workload: Workload, { database, calls, name }: DataPlaneService): void {
  const plain = new Map(containerOf(workload).env!.flatMap((variable) => (variable.value === undefined ? [] : [[variable.name, variable.value] as const])));
  equal(plain.get('TENANT_SLUG'), SLUG);
  equal(plain.get('TENANT_ID'), TENANT_ID);
  equal(plain.get('TENANT_TIER'), tierLabel(workload.tier));
  equal(plain.get('ENVIRONMENT'), workload.environment);
  equal(plain.get('DATABASE_SCHEMA'), database ? schemaOf(SLUG, database) : undefined);
  const upstreams = calls.map((call) => `http://${call}:${CATALOGUE.find((service) => service.name === call)!.port}`);
  if (name === 'auth-proxy') upstreams.push('http://iam-service.matih-control-plane:8081');
  deepEqual([...plain].filter(([variable]) => variable.endsWith('_URL')).map(([, url]) => url).toSorted(), upstreams.toSorted());
}

/** Every credential is a reference to a key of a tenant's secret; nothing that sounds like one has a literal value. */
function assertSecrets(workload: Workload, { database, name }: DataPlaneService): void {
  const { env } = containerOf(workload);
  const references = env!.flatMap(({ valueFrom }) => (valueFrom ? [`${valueFrom.secretKeyRef!.name}/${valueFrom.secretKeyRef!.key}`] : []));
  deepEqual(references.toSorted(), [
    ...(database ? [`${SECRETS.database}/username`, `${SECRETS.database}/password`] : []),
    `${SECRETS.redis}/username`, `${SECRETS.redis}/password`,
    ...(KAFKA.includes(name) ? [`${SECRETS.kafka}/username`, `${SECRETS.kafka}/password`] : []),
    ...(JWT.includes(name) ? [`${SECRETS.jwt}/signing-key`] : []),
    ...(LLM.includes(name) ? [`${SECRETS.llm}/api-key`] : []),
  ].toSorted());
  for (const { name: variable, value } of env!) if (value !== undefined) ok(!/PASSWORD|SECRET|TOKEN|KEY|USERNAME/.test(variable), variable);
  equal(workload.objects.some(({ kind }) => kind === 'Secret'), false);
  match(containerOf(workload).image!, new RegExp(`^[^/]+/matih/${name}:`));
}
