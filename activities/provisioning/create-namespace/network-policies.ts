import type { Manifest } from '../../../connectors/kubernetes/interface.ts';
import type { WorkerSettings } from '../../../settings/worker.ts';
import { CATALOGUE } from '../../../tenant/catalogue.ts';
import { labelsOf } from '../../../tenant/labels.ts';
import type { Tenant } from '../../../tenant/tenant.ts';

export type BoundarySettings = Pick<WorkerSettings,
  'CONTROL_PLANE_NAMESPACE' | 'SHARED_INFRASTRUCTURE_NAMESPACE' | 'KUBERNETES_API_CIDRS' | 'KUBERNETES_API_PORT'>;

/** Ports of the platform's own services: gateway, IAM, tenant, notification, audit, infrastructure, configuration. */
const CONTROL_PLANE_PORTS = [8080, 8081, 8082, 8085, 8086, 8089, 8888];
const IAM_PORT = 8081;
/** PostgreSQL, Redis, Kafka. */
const INFRASTRUCTURE_PORTS = [5432, 6379, 9092];

/** What an address on the internet is not: private, shared, loopback, link-local (cloud metadata), multicast, reserved, Azure's host. */
const NOT_INTERNET_V4 = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '168.63.129.16/32', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16',
  '224.0.0.0/4', '240.0.0.0/4',
];
/** The same for IPv6, with the ranges that embed IPv4 addresses. */
const NOT_INTERNET_V6 = ['::/96', '64:ff9b::/96', 'fc00::/7', 'fe80::/10', 'ff00::/8'];

const ALL_PODS = {};
const pods = (...names: string[]) => ({ matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'In', values: names }] });
const namespaceNamed = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
const tcp = (...numbers: number[]) => [...new Set(numbers)].map((port) => ({ protocol: 'TCP', port }));
const block = (cidr: string, except: readonly string[] = []) => ({ ipBlock: { cidr, ...(except.length > 0 && { except }) } });
const isV6 = (cidr: string): boolean => cidr.includes(':');

/**
 * The namespace's boundary: nothing in or out, then exactly what the data plane needs. Ports are those of the pods. Policies cannot
 * name hosts, so the LLM API is "the internet, port 443", for the one service that calls it.
 */
export const networkPolicies = (tenant: Pick<Tenant, 'id' | 'slug' | 'tier' | 'namespace'>, settings: BoundarySettings): Manifest[] => {
  const policy = (name: string, spec: Record<string, unknown>): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: tenant.namespace, labels: labelsOf(tenant) },
    spec: { policyTypes: ['Ingress', 'Egress'].filter((type) => type.toLowerCase() in spec), ...spec },
  });
  const controlPlane = namespaceNamed(settings.CONTROL_PLANE_NAMESPACE);
  const apiServer = settings.KUBERNETES_API_CIDRS;

  return [
    policy('default-deny', { podSelector: ALL_PODS, ingress: [], egress: [] }),
    policy('same-namespace', {
      podSelector: ALL_PODS, ingress: [{ from: [{ podSelector: ALL_PODS }] }], egress: [{ to: [{ podSelector: ALL_PODS }] }],
    }),
    policy('health-checks', {
      podSelector: pods(...CATALOGUE.map(({ name }) => name)),
      ingress: [{ from: [controlPlane], ports: tcp(...CATALOGUE.map(({ port }) => port)) }],
    }),
    policy('visitors', {
      podSelector: pods('ingress-controller'), ingress: [{ from: [block('0.0.0.0/0'), block('::/0')], ports: tcp(80, 443) }],
    }),
    policy('dns', {
      podSelector: ALL_PODS,
      egress: [{ to: [namespaceNamed('kube-system')], ports: [{ protocol: 'UDP', port: 53 }, { protocol: 'TCP', port: 53 }] }],
    }),
    policy('shared-infrastructure', {
      podSelector: ALL_PODS, egress: [{ to: [namespaceNamed(settings.SHARED_INFRASTRUCTURE_NAMESPACE)], ports: tcp(...INFRASTRUCTURE_PORTS) }],
    }),
    policy('kubernetes-api', {
      podSelector: pods('ingress-controller', 'data-plane-agent', 'ops-agent-service'),
      // One rule an address: a rule whose list of destinations is empty would allow every destination.
      egress: apiServer.map((cidr) => ({ to: [block(cidr)], ports: tcp(settings.KUBERNETES_API_PORT) })),
    }),
    policy('llm-api', {
      podSelector: pods('ai-service'),
      egress: [{
        to: [
          block('0.0.0.0/0', [...NOT_INTERNET_V4, ...apiServer.filter((cidr) => !isV6(cidr))]),
          block('::/0', [...NOT_INTERNET_V6, ...apiServer.filter(isV6)]),
        ],
        ports: tcp(443),
      }],
    }),
    policy('iam', { podSelector: pods('auth-proxy'), egress: [{ to: [controlPlane], ports: tcp(IAM_PORT) }] }),
    policy('control-plane', { podSelector: pods('data-plane-agent'), egress: [{ to: [controlPlane], ports: tcp(...CONTROL_PLANE_PORTS) }] }),
  ];
};
