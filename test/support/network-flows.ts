import type { Endpoint, Flow } from './network-policies.ts';

/** What the flows of a tenant depend on besides the tenant. */
export interface FlowSurroundings {
  namespace: string;
  /** Namespace of another tenant. */
  neighbour: string;
  controlPlane: string;
  sharedInfrastructure: string;
  kubernetesApi: { ip: string; port: number };
}

export interface ExpectedFlow extends Flow {
  what: string;
  allowed: boolean;
}

const INTERNET = '93.184.215.14';
const INTERNET_V6 = '2606:2800:21f:cb07::1';

/** What a tenant's boundary must let through, and what it must not. */
export const expectedFlows = ({ namespace, neighbour, controlPlane, sharedInfrastructure, kubernetesApi }: FlowSurroundings): ExpectedFlow[] => {
  const pod = (name: string, of = namespace): Endpoint => ({ namespace: of, labels: { 'app.kubernetes.io/name': name } });
  const address = (ip: string): Endpoint => ({ ip });
  const flow = (allowed: boolean) => (what: string, from: Endpoint, to: Endpoint, port: number, protocol: 'TCP' | 'UDP' = 'TCP'): ExpectedFlow =>
    ({ what, from, to, port, protocol, allowed });
  const allow = flow(true);
  const deny = flow(false);
  const dns = pod('kube-dns', 'kube-system');
  const database = pod('postgres', sharedInfrastructure);
  const api = address(kubernetesApi.ip);

  return [
    allow('a service calls another of the same tenant', pod('bi-service'), pod('query-engine'), 8080),
    allow('the controller reaches a service', pod('ingress-controller'), pod('bi-service'), 8084),
    allow('a visitor reaches the controller by https', address(INTERNET), pod('ingress-controller'), 443),
    allow('a visitor reaches the controller by http', address(INTERNET), pod('ingress-controller'), 80),
    allow('a visitor reaches the controller over IPv6', address(INTERNET_V6), pod('ingress-controller'), 443),
    allow('VERIFY checks a service', pod('tenant-service', controlPlane), pod('query-engine'), 8080),
    allow('VERIFY checks the auth proxy', pod('tenant-service', controlPlane), pod('auth-proxy'), 5000),
    allow('VERIFY checks the ontology service', pod('tenant-service', controlPlane), pod('ontology-service'), 8101),
    allow('a service reaches PostgreSQL', pod('query-engine'), database, 5432),
    allow('a service reaches Redis', pod('semantic-layer'), pod('redis', sharedInfrastructure), 6379),
    allow('a service reaches Kafka', pod('pipeline-service'), pod('kafka', sharedInfrastructure), 9092),
    allow('a service resolves names over UDP', pod('query-engine'), dns, 53, 'UDP'),
    allow('a service resolves names over TCP', pod('query-engine'), dns, 53, 'TCP'),
    allow('the controller asks the Kubernetes API', pod('ingress-controller'), api, kubernetesApi.port),
    allow('the agent asks the Kubernetes API', pod('data-plane-agent'), api, kubernetesApi.port),
    allow('the AI service reaches the LLM API', pod('ai-service'), address(INTERNET), 443),
    allow('the AI service reaches the LLM API over IPv6', pod('ai-service'), address(INTERNET_V6), 443),
    allow('the auth proxy asks IAM', pod('auth-proxy'), pod('iam-service', controlPlane), 8081),
    allow('the agent reports to the control plane', pod('data-plane-agent'), pod('api-gateway', controlPlane), 8080),

    deny('a neighbour calls a service', pod('bi-service', neighbour), pod('query-engine'), 8080),
    deny('a service calls a neighbour', pod('bi-service'), pod('query-engine', neighbour), 8080),
    deny('a neighbour\'s controller reaches a service', pod('ingress-controller', neighbour), pod('bi-service'), 8084),
    deny('a visitor reaches a service past the controller', address(INTERNET), pod('query-engine'), 8080),
    deny('a visitor reaches the controller\'s readiness port', address(INTERNET), pod('ingress-controller'), 8081),
    deny('any other namespace reaches a service', pod('something', 'default'), pod('query-engine'), 8080),
    deny('the control plane reaches a port that is no service\'s', pod('tenant-service', controlPlane), pod('query-engine'), 22),
    deny('the control plane calls the controller', pod('tenant-service', controlPlane), pod('ingress-controller'), 8080),
    deny('a service reaches the internet', pod('query-engine'), address(INTERNET), 443),
    deny('the AI service reaches the internet by http', pod('ai-service'), address(INTERNET), 80),
    deny('the AI service reads the cloud\'s metadata', pod('ai-service'), address('169.254.169.254'), 443),
    deny('the AI service reaches a private address (10/8)', pod('ai-service'), address('10.1.2.3'), 443),
    deny('the AI service reaches a private address (172.16/12)', pod('ai-service'), address('172.20.0.1'), 443),
    deny('the AI service reaches a private address (192.168/16)', pod('ai-service'), address('192.168.1.1'), 443),
    deny('the AI service reaches Azure\'s host', pod('ai-service'), address('168.63.129.16'), 443),
    deny('the AI service reaches a private IPv6 address', pod('ai-service'), address('fd00::1'), 443),
    deny('the AI service reaches a private address in IPv6 clothes', pod('ai-service'), address('64:ff9b::10.1.2.3'), 443),
    deny('the AI service asks the Kubernetes API', pod('ai-service'), api, kubernetesApi.port),
    deny('the AI service asks the Kubernetes API on port 443', pod('ai-service'), api, 443),
    deny('a service asks the Kubernetes API', pod('query-engine'), api, kubernetesApi.port),
    deny('the agent reaches the internet', pod('data-plane-agent'), address(INTERNET), 443),
    deny('a service calls the control plane', pod('query-engine'), pod('iam-service', controlPlane), 8081),
    deny('the auth proxy calls the tenant service', pod('auth-proxy'), pod('tenant-service', controlPlane), 8082),
    deny('a service reaches another port of the shared infrastructure', pod('query-engine'), database, 22),
    deny('a service resolves names somewhere else', pod('query-engine'), address('8.8.8.8'), 53, 'UDP'),
    deny('a service reaches the cluster\'s own services', pod('query-engine'), pod('metrics-server', 'kube-system'), 443),
  ];
};
