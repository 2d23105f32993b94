import type { Manifest } from '../../../connectors/kubernetes/interface.ts';
import { serviceNamed } from '../../../tenant/catalogue.ts';
import { labelsOf } from '../../../tenant/labels.ts';
import { ingressClassOf } from '../../../tenant/names.ts';
import { hostsOf, type Route, type VirtualHost } from '../../../tenant/routes.ts';
import type { Tenant } from '../../../tenant/tenant.ts';

/** Longest silence of a connection through the controller: the longest query a tenant may allow itself, and idle web sockets. */
const READ_TIMEOUT = '3600s';

/** Largest request body: a file for a data source. */
const BODY_SIZE = '100m';

/** Annotations of the F5 NGINX Ingress Controller, which sends plain HTTP to HTTPS by itself where an Ingress has TLS. */
const ANNOTATIONS: Readonly<Record<string, string>> = {
  'nginx.org/hsts': 'true',
  'nginx.org/websocket-services': 'ai-service',
  'nginx.org/proxy-read-timeout': READ_TIMEOUT,
  'nginx.org/proxy-send-timeout': READ_TIMEOUT,
  'nginx.org/client-max-body-size': BODY_SIZE,
};

const pathOf = ({ path, service }: Route) => ({
  path,
  pathType: 'Prefix',
  backend: { service: { name: service, port: { number: portOf(service) } } },
});

const portOf = (name: string): number => {
  const service = serviceNamed(name);
  if (!service) throw new Error(`the routing table names ${name}, which the catalogue does not have`);
  return service.port;
};

const ruleOf = ({ host, routes }: VirtualHost) => ({ host, http: { paths: routes.map(pathOf) } });

/** The Ingress that ends TLS for all of a tenant's hosts and routes them to its services. One object, so that no host is claimed twice. */
export const ingressManifest = (tenant: Tenant, zone: string, tlsSecret: string): Manifest => {
  const hosts = hostsOf(zone);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'tenant', namespace: tenant.namespace, labels: labelsOf(tenant), annotations: { ...ANNOTATIONS } },
    spec: {
      ingressClassName: ingressClassOf(tenant.slug),
      tls: [{ hosts: hosts.map(({ host }) => host), secretName: tlsSecret }],
      rules: hosts.map(ruleOf),
    },
  };
};
