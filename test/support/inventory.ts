import { createHash } from 'node:crypto';
import type { KubernetesObject } from '@kubernetes/client-node';
import { DATABASES } from '../../tenant/catalogue.ts';
import { databaseRoleOf, ingressClassOf, namespaceOf, schemaOf } from '../../tenant/names.ts';
import { armList } from './arm.ts';
import { cluster } from './cluster.ts';
import { query } from './database.ts';
import { configurationOf } from './platform.ts';
import { serviceCall } from './stand-ins.ts';

/** What there is of a tenant in every outside system: a line for each thing, by system; a line ends with a digest of what the thing says. */
export type Inventory = Record<'kubernetes' | 'database' | 'dns' | 'configuration' | 'iam' | 'infrastructure', string[]>;

/** Makes a digest of an object's content for an inventory. */
export type Digest = (value: unknown) => string;

const shortHash: Digest = (value) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);

const sorted = (lines: readonly string[]): string[] => lines.toSorted();

/** Everything that bears a tenant's names, whoever owns it, and what its id is known under. `id` is undefined for a tenant that never was. */
export const inventory = async (slug: string, id?: string, digest: Digest = shortHash): Promise<Inventory> => {
  const [kubernetes, database, dns, configuration, iam, infrastructure] = await Promise.all([
    kubernetesOf(slug, digest), databaseOf(slug, digest), dnsOf(slug, digest),
    id ? configurationLines(id, digest) : [], id ? iamOf(id) : [], id ? infrastructureOf(id, digest) : [],
  ]);
  return { kubernetes, database, dns, configuration, iam, infrastructure };
};

/** One value for a whole inventory. */
export const inventoryHash = async (slug: string, id?: string): Promise<string> => shortHash(await inventory(slug, id));

const NAMESPACED: readonly [string, string][] = [
  ...['ConfigMap', 'LimitRange', 'PersistentVolumeClaim', 'ResourceQuota', 'Secret', 'Service', 'ServiceAccount'].map((kind): [string, string] => ['v1', kind]),
  ...['Deployment', 'StatefulSet'].map((kind): [string, string] => ['apps/v1', kind]),
  ...['CronJob', 'Job'].map((kind): [string, string] => ['batch/v1', kind]),
  ...['Ingress', 'NetworkPolicy'].map((kind): [string, string] => ['networking.k8s.io/v1', kind]),
  ...['Role', 'RoleBinding'].map((kind): [string, string] => ['rbac.authorization.k8s.io/v1', kind]),
  ['autoscaling/v2', 'HorizontalPodAutoscaler'], ['policy/v1', 'PodDisruptionBudget'],
  ['cert-manager.io/v1', 'Certificate'], ['acme.cert-manager.io/v1', 'Order'], ['acme.cert-manager.io/v1', 'Challenge'],
];

const CLUSTER_SCOPED: readonly [string, string][] = [
  ['v1', 'Namespace'], ['networking.k8s.io/v1', 'IngressClass'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'], ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
];

const kubernetesOf = async (slug: string, digest: Digest): Promise<string[]> => {
  const { list } = cluster();
  const namespace = namespaceOf(slug);
  const own = new Set([namespace, ingressClassOf(slug)]);
  const inside = (await Promise.all(NAMESPACED.map(async ([version, kind]) => (await list(version, kind, namespace)).map((object) => lineOf(kind, object, digest))))).flat();
  const outside = (await Promise.all(CLUSTER_SCOPED.map(async ([version, kind]) =>
    (await list(version, kind)).filter(({ metadata }) => own.has(metadata?.name ?? '') || metadata?.labels?.['matih.io/tenant'] === slug).map((object) => lineOf(kind, object, digest))))).flat();
  return sorted([...outside, ...inside]);
};

/** The intended state of an object, without its status and the API server's counters. */
const lineOf = (kind: string, { metadata, status: _status, ...meant }: KubernetesObject & { status?: unknown }, digest: Digest): string => {
  const { name, labels, annotations, finalizers } = metadata ?? {};
  return `${kind} ${name} ${digest({ labels, annotations, finalizers, meant })}`;
};

const databaseOf = async (slug: string, digest: Digest): Promise<string[]> => {
  const schemas = await query<{ name: string; owner: string; mark: string | null; tables: string[] }>('dataPlane',
    `SELECT nspname AS name, pg_get_userbyid(nspowner) AS owner, obj_description(oid, 'pg_namespace') AS mark,
       array(SELECT relname::text FROM pg_class WHERE relnamespace = pg_namespace.oid ORDER BY 1) AS tables
     FROM pg_namespace WHERE nspname = ANY ($1)`, [DATABASES.map((database) => schemaOf(slug, database))]);
  const roles = await query<{ name: string }>('dataPlane',
    `SELECT rolname AS name, rolcanlogin, rolconnlimit, shobj_description(oid, 'pg_authid') AS mark FROM pg_roles WHERE rolname = $1`, [databaseRoleOf(slug)]);
  return sorted([...schemas.map((row) => `schema ${row.name} ${digest(row)}`), ...roles.map((row) => `role ${row.name} ${digest(row)}`)]);
};

const PARENT = 'matih.ai';

interface RecordSet {
  name: string;
  type: string;
  properties: Record<string, unknown>;
}

const dnsOf = async (slug: string, digest: Digest): Promise<string[]> => {
  const zones = await armList<{ name: string; tags?: unknown }>('');
  const child = zones.find(({ name }) => name === `${slug}.${PARENT}`);
  const delegation = (await armList<RecordSet>(`/${PARENT}/all`)).filter(({ name }) => name === slug);
  const records = child ? await armList<RecordSet>(`/${child.name}/all`) : [];
  return sorted([
    ...(child ? [`zone ${child.name} ${digest(child.tags)}`] : []),
    ...delegation.map((set) => `delegation ${set.name} ${set.type} ${digest(set.properties)}`),
    ...records.map((set) => `record ${set.name} ${set.type} ${digest(set.properties)}`),
  ]);
};

const configurationLines = async (id: string, digest: Digest): Promise<string[]> => {
  const { entries, flags } = await configurationOf(id);
  const linesOf = (word: string, values: object) => Object.entries(values).map(([key, value]) => `${word} ${key} ${digest(value)}`);
  return sorted([...linesOf('entry', entries), ...linesOf('flag', flags)]);
};

const iamOf = async (id: string): Promise<string[]> => {
  const { body } = await serviceCall('iam', 'GET', `/api/v1/users?tenantId=${id}&size=100`, { tenantId: id });
  return sorted((body as { data: { email: string }[] }).data.map(({ email }) => `user ${email}`));
};

const infrastructureOf = async (id: string, digest: Digest): Promise<string[]> => {
  const base = `/api/v1/infrastructure/tenants/${id}`;
  const found = await Promise.all(['', '/credentials/redis', '/credentials/kafka'].map(async (path) => {
    const body = await serviceCall('infrastructure', 'GET', `${base}${path}`, { tenantId: id }).then((answer) => answer.body, unlessMissing);
    return body === undefined ? [] : [`${path.slice(1) || 'registration'} ${digest(body)}`];
  }));
  return sorted(found.flat());
};

const unlessMissing = (error: Error): undefined => {
  if (!/answered 404/.test(error.message)) throw error;
  return undefined;
};
