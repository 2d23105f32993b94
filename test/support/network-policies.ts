import { BlockList, isIP } from 'node:net';

/** A pod by its labels, in a namespace. */
export interface PodEndpoint {
  namespace: string;
  labels: Readonly<Record<string, string>>;
}

/** Something outside the cluster, or addressed by its address alone, such as the Kubernetes API. */
export interface AddressEndpoint {
  ip: string;
}

export type Endpoint = PodEndpoint | AddressEndpoint;

export interface Flow {
  from: Endpoint;
  to: Endpoint;
  port: number;
  protocol?: 'TCP' | 'UDP';
}

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] }[];
}

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string; except?: string[] };
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports?: { protocol?: string; port?: number; endPort?: number }[];
}

/** A NetworkPolicy, whether it is a manifest of ours or was read from a cluster. */
export interface Policy {
  metadata?: { name?: string; namespace?: string };
  spec?: { podSelector: Selector; policyTypes?: string[]; ingress?: Rule[]; egress?: Rule[] };
}

/**
 * Whether a connection is let through, by the semantics of the NetworkPolicy API: a pod that no policy selects for a direction is open in
 * that direction, else one rule of one policy has to allow it; a connection between pods needs both ends' consent.
 * Namespaces are selected by the label that Kubernetes gives them, their name.
 */
export const isAllowed = (policies: readonly Policy[], flow: Flow): boolean =>
  allows(policies, 'Egress', flow) && allows(policies, 'Ingress', flow);

const allows = (policies: readonly Policy[], direction: 'Ingress' | 'Egress', flow: Flow): boolean => {
  const [subject, peer] = direction === 'Egress' ? [flow.from, flow.to] : [flow.to, flow.from];
  if (!isPod(subject)) return true;
  const selecting = policies.filter(({ metadata, spec }) => spec !== undefined && metadata?.namespace === subject.namespace
    && typesOf(spec).includes(direction) && selects(spec.podSelector, subject.labels));
  if (selecting.length === 0) return true;
  return selecting.some(({ spec }) => (direction === 'Egress' ? spec?.egress : spec?.ingress)?.some((rule) =>
    matchesPeers(direction === 'Egress' ? rule.to : rule.from, peer, subject.namespace) && matchesPorts(rule, flow)));
};

/** Left out, a policy is always about ingress, and about egress only if it has such rules. */
const typesOf = (spec: NonNullable<Policy['spec']>): string[] => spec.policyTypes ?? ['Ingress', ...(spec.egress ? ['Egress'] : [])];

/** No list of peers, or an empty one, means everybody. */
const matchesPeers = (peers: Peer[] | undefined, endpoint: Endpoint, namespace: string): boolean =>
  peers === undefined || peers.length === 0 || peers.some((peer) => matchesPeer(peer, endpoint, namespace));

const matchesPeer = ({ ipBlock, podSelector, namespaceSelector }: Peer, endpoint: Endpoint, namespace: string): boolean => {
  if (!isPod(endpoint)) return ipBlock !== undefined && inBlock(ipBlock, endpoint.ip);
  // Whether a block of addresses covers pods depends on the network plugin; here it never does, and nothing may rely on it.
  if (ipBlock) return false;
  const inNamespace = namespaceSelector
    ? selects(namespaceSelector, { 'kubernetes.io/metadata.name': endpoint.namespace })
    : endpoint.namespace === namespace;
  return inNamespace && selects(podSelector ?? {}, endpoint.labels);
};

const matchesPorts = ({ ports }: Rule, { port, protocol = 'TCP' }: Flow): boolean =>
  ports === undefined || ports.length === 0 || ports.some((allowed) =>
    (allowed.protocol ?? 'TCP') === protocol && (allowed.port === undefined || (port >= allowed.port && port <= (allowed.endPort ?? allowed.port))));

const selects = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
  && matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key];
    switch (operator) {
      case 'In': return value !== undefined && values.includes(value);
      case 'NotIn': return value === undefined || !values.includes(value);
      case 'Exists': return value !== undefined;
      case 'DoesNotExist': return value === undefined;
    }
  });

const inBlock = ({ cidr, except = [] }: NonNullable<Peer['ipBlock']>, ip: string): boolean =>
  inCidr(cidr, ip) && !except.some((excluded) => inCidr(excluded, ip));

const inCidr = (cidr: string, ip: string): boolean => {
  const [network = '', prefix] = cidr.split('/');
  if (isIP(network) !== isIP(ip)) return false;
  const family = isIP(ip) === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family);
  return list.check(ip, family);
};

const isPod = (endpoint: Endpoint): endpoint is PodEndpoint => 'namespace' in endpoint;
