/** How each phase of one tenant's provisioning is made to fail, or to hang, by a cause of its own in an outside system. */
import pg from 'pg';
import type { Phase } from '../../tenant/phases.ts';
import { namespaceOf, schemaOf } from '../../tenant/names.ts';
import { cluster } from './cluster.ts';
import { query } from './database.ts';
import { endpoints } from './endpoints.ts';
import { fault } from './stand-ins.ts';
import { until } from './until.ts';

export interface Target {
  id: string;
  slug: string;
}

/** Takes the cause away. */
export type Cure = () => Promise<void>;

export interface Cause {
  inject: (target: Target) => Promise<Cure>;
  /** What a person is to read as the reason, and who has to act. */
  reason: RegExp;
  mover: 'user' | 'operator' | 'nobody';
}

/** Something that makes the phase fail for good. */
export const CAUSES: Readonly<Record<Phase, Cause>> = {
  VALIDATE: {
    inject: ({ id }) => fault('iam', { match: { method: 'GET', tenantId: id }, kind: 'error', status: 400, message: 'the user search is closed for the day', times: 1 }),
    reason: /^iam-service answered 400: the user search is closed for the day$/, mover: 'user',
  },
  CREATE_NAMESPACE: {
    inject: ({ slug }) => foreignNamespace(namespaceOf(slug)),
    reason: /^namespace matih-data-plane-\S+ exists and is not this tenant's$/, mover: 'operator',
  },
  DEPLOY_SECRETS: {
    inject: ({ id }) => fault('infrastructure', { match: { method: 'PUT', path: '/credentials/redis$', tenantId: id }, kind: 'error', status: 422, message: 'no Redis principals are issued any more' }),
    reason: /^infrastructure-service answered 422: no Redis principals are issued any more$/, mover: 'user',
  },
  DEPLOY_DATABASES: {
    inject: async ({ slug }) => {
      const schema = pg.escapeIdentifier(schemaOf(slug, 'ontology'));
      await query('dataPlane', `CREATE SCHEMA ${schema}`);
      return async () => void await query('dataPlane', `DROP SCHEMA ${schema}`);
    },
    reason: /^schema \S+_ontology exists and is not this tenant's$/, mover: 'operator',
  },
  DEPLOY_SERVICES: {
    inject: ({ slug }) => forbiddenDeployment(namespaceOf(slug), 'pipeline-service'),
    reason: /^helm \w+: .*pipeline-service.*nobody deploys pipelines here/, mover: 'operator',
  },
  DEPLOY_INGRESS: {
    inject: ({ slug }) => fault('azureDns', { match: { method: 'PUT', path: `/dnsZones/${slug}\\.matih\\.ai$` }, kind: 'error', status: 409, code: 'TooManyZones', message: 'the subscription is full' }),
    reason: /^Azure DNS answered 409 TooManyZones/, mover: 'operator',
  },
  CONFIGURE: {
    inject: ({ id }) => fault('config', { match: { method: 'POST', path: '/feature-flags', tenantId: id }, kind: 'error', status: 422, message: 'no such flag' }),
    reason: /^config-service answered 422: no such flag$/, mover: 'user',
  },
  VERIFY: {
    inject: ({ slug }) => fault('clusterProxy', { match: { path: '//catalog-service\\.', tenantId: slug }, kind: 'error', status: 503 }),
    reason: /^catalog-service failed its health check: /, mover: 'nobody',
  },
  ACTIVATE: {
    inject: ({ id }) => fault('infrastructure', { match: { method: 'PUT', path: `/tenants/${id}$` }, kind: 'error', status: 400, message: 'the register is closed' }),
    reason: /^infrastructure-service answered 400: the register is closed$/, mover: 'user',
  },
};

/** Something that keeps the phase at work, so that a cancel meets it in the middle. What is undefined takes long enough by itself. */
export const HOLDS: Readonly<Partial<Record<Phase, (target: Target) => Promise<Cure>>>> = {
  VALIDATE: ({ id }) => fault('iam', { match: { method: 'GET', tenantId: id }, kind: 'latency', latencyMs: 4_000 }),
  CREATE_NAMESPACE: ({ slug }) => hangingNamespace(namespaceOf(slug)),
  DEPLOY_SECRETS: ({ id }) => fault('infrastructure', { match: { method: 'PUT', path: '/credentials/kafka$', tenantId: id }, kind: 'hang' }),
  DEPLOY_DATABASES: ({ slug }) => lockedSchema(schemaOf(slug, 'query')),
  DEPLOY_INGRESS: ({ slug }) => fault('azureDns', { match: { method: 'PUT', path: `/dnsZones/matih\\.ai/NS/${slug}$` }, kind: 'hang' }),
  CONFIGURE: ({ id }) => fault('config', { match: { method: 'POST', path: '/feature-flags', tenantId: id }, kind: 'hang' }),
  VERIFY: ({ slug }) => fault('clusterProxy', { match: { path: '\\.svc\\.cluster\\.local', tenantId: slug }, kind: 'hang' }),
  ACTIVATE: ({ id }) => fault('infrastructure', { match: { method: 'PUT', path: `/tenants/${id}$` }, kind: 'latency', latencyMs: 4_000 }),
};

/** A namespace of somebody else, with all that the cluster itself puts into one. */
const foreignNamespace = async (name: string): Promise<Cure> => {
  const { api, get } = cluster();
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { owner: 'somebody-else' } } };
  await api.create(namespace);
  await until(`the defaults of ${name}`, async () => await get('v1', 'ServiceAccount', 'default', name) && await get('v1', 'ConfigMap', 'kube-root-ca.crt', name));
  return async () => {
    await api.delete(namespace);
    await until(`the end of ${name}`, async () => await get('v1', 'Namespace', name) === undefined);
  };
};

/** A namespace that is being deleted and does not end. */
const hangingNamespace = async (name: string): Promise<Cure> => {
  const { api, get } = cluster();
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, finalizers: ['matih.example/hold'] } };
  await api.create(namespace);
  await api.delete(namespace);
  await until(`the emptying of ${name}`, async () => (await get('v1', 'Namespace', name))?.['spec']?.finalizers === undefined);
  return async () => {
    const present = await get('v1', 'Namespace', name);
    if (present?.metadata) {
      present.metadata.finalizers = [];
      await api.replace(present);
    }
    await until(`the end of ${name}`, async () => await get('v1', 'Namespace', name) === undefined);
  };
};

/** A policy of the cluster that lets nobody create one Deployment of a namespace. */
const forbiddenDeployment = async (namespace: string, deployment: string): Promise<Cure> => {
  const { api } = cluster();
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const metadata = { name: `no-${deployment}.${namespace}` };
  const policy = {
    apiVersion, kind: 'ValidatingAdmissionPolicy', metadata,
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'], resourceNames: [deployment] }],
      },
      validations: [{ expression: 'false', message: 'nobody deploys pipelines here' }],
    },
  };
  const binding = { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata, spec: { policyName: metadata.name, validationActions: ['Deny'] } };
  await api.create(policy);
  await api.create(binding);
  return async () => {
    await api.delete(binding);
    await api.delete(policy);
  };
};

/** A schema that somebody is about to create: whoever wants to create it too has to wait for the end of that transaction. */
const lockedSchema = async (schema: string): Promise<Cure> => {
  const client = new pg.Client({ connectionString: endpoints().postgres.dataPlane });
  await client.connect();
  await client.query('BEGIN');
  await client.query(`CREATE SCHEMA ${pg.escapeIdentifier(schema)}`);
  return async () => {
    await client.query('ROLLBACK');
    await client.end();
  };
};
