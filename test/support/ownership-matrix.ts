import { randomUUID } from 'node:crypto';
import { DATABASES } from '../../tenant/catalogue.ts';
import { ADDRESS_RECORDS, databaseRoleOf, ingressClassOf, LABELS, namespaceOf, schemaOf, zoneOf } from '../../tenant/names.ts';
import { armCall } from './arm.ts';
import type { Target } from './causes.ts';
import { cluster, type ClusterObject } from './cluster.ts';
import { query } from './database.ts';

/** Damages to an object's mark of ownership, or to its place. */
export const DAMAGES = ['missing', 'foreign'] as const;
type Damage = (typeof DAMAGES)[number] | 'elsewhere';

/** One object of a tenant with one damage. */
export interface Cell {
  name: string;
  /** Does the damage; returns how an operator repairs it. */
  spoil: (tenant: Target) => Promise<() => Promise<void>>;
  /** The name that the failed deletion must give; undefined where the object goes with something that still is the tenant's own. */
  named?: (slug: string) => string;
}

const PARENT = 'matih.ai';
/** The mark that an object carries under a damage; undefined for none. */
const markUnder = (damage: Damage): string | undefined => (damage === 'missing' ? undefined : randomUUID());

const labelled = (kind: string, apiVersion: string, nameOf: (slug: string) => string) => (damage: Damage): Cell['spoil'] => async ({ id, slug }) => {
  const mark = async (value: string | undefined): Promise<void> => {
    const object = await cluster().get(apiVersion, kind, nameOf(slug));
    // A repetition of the deletion may have removed it already.
    if (!object?.metadata) return;
    const { [LABELS.tenantId]: _before, ...labels } = object.metadata.labels ?? {};
    object.metadata.labels = value === undefined ? labels : { ...labels, [LABELS.tenantId]: value };
    await cluster().api.replace(object);
  };
  await mark(markUnder(damage));
  return () => mark(id);
};

const commentOf = (owner: string | undefined): string => (owner === undefined ? 'NULL' : `'matih.io/tenant-id=${owner}'`);

const role = (damage: Damage): Cell['spoil'] => async ({ id, slug }) => {
  const mark = async (owner: string | undefined) => void await query('dataPlane', `COMMENT ON ROLE "${databaseRoleOf(slug)}" IS ${commentOf(owner)}`);
  await mark(markUnder(damage));
  return () => mark(id);
};

/** A schema counts as the tenant's by its owner too, so both are changed, as by a restore without owners and comments. */
const schema = (name: string) => (damage: Damage): Cell['spoil'] => async ({ id, slug }) => {
  const quoted = `"${schemaOf(slug, name)}"`;
  const mark = async (owner: string | undefined, by: string): Promise<void> => {
    await query('dataPlane', `ALTER SCHEMA ${quoted} OWNER TO ${by}`);
    await query('dataPlane', `COMMENT ON SCHEMA ${quoted} IS ${commentOf(owner)}`);
  };
  await mark(markUnder(damage), 'CURRENT_USER');
  return () => mark(id, `"${databaseRoleOf(slug)}"`);
};

const ownerTag = (owner: string | undefined) => (owner === undefined ? { costCentre: '4711' } : { 'matih-tenant-id': owner });

const zone = (damage: Damage): Cell['spoil'] => async ({ id, slug }) => {
  const mark = async (owner: string | undefined) => void await armCall('PATCH', `/${zoneOf(slug, PARENT)}`, { tags: ownerTag(owner) });
  await mark(markUnder(damage));
  return () => mark(id);
};

const record = (path: (slug: string) => string) => (damage: Damage): Cell['spoil'] => async ({ id, slug }) => {
  const mark = async (owner: string | undefined): Promise<void> => {
    const { properties } = await armCall('GET', path(slug)) as { properties: Record<string, unknown> };
    await armCall('PUT', path(slug), { properties: { ...properties, metadata: ownerTag(owner) } });
  };
  await mark(markUnder(damage));
  return () => mark(id);
};

/** Every object that carries a mark, and the name that a deletion must give when the mark is lost. */
const OBJECTS: Readonly<Record<string, { spoil: (damage: Damage) => Cell['spoil']; named?: Cell['named'] }>> = {
  namespace: { spoil: labelled('Namespace', 'v1', namespaceOf), named: (slug) => `namespace ${namespaceOf(slug)}` },
  // Goes with the ingress controller's release, whatever its labels say.
  'ingress class': { spoil: labelled('IngressClass', 'networking.k8s.io/v1', ingressClassOf) },
  role: { spoil: role, named: (slug) => `role ${databaseRoleOf(slug)}` },
  ...Object.fromEntries(DATABASES.map((name) => [`schema ${name}`, { spoil: schema(name), named: (slug: string) => `schema ${schemaOf(slug, name)}` }])),
  zone: { spoil: zone, named: (slug) => `DNS zone ${zoneOf(slug, PARENT)}` },
  delegation: { spoil: record((slug) => `/${PARENT}/NS/${slug}`), named: (slug) => `delegation of ${zoneOf(slug, PARENT)}` },
  // Lie in the tenant's own zone.
  ...Object.fromEntries(ADDRESS_RECORDS.map((name) => [`address record ${name}`, { spoil: record((slug) => `/${zoneOf(slug, PARENT)}/A/${name}`) }])),
};

/** A zone that was made anew in another resource group, and a volume that outlives its claim. */
const ELSEWHERE: readonly Cell[] = [
  {
    name: 'zone elsewhere',
    spoil: async ({ id, slug }) => {
      const name = zoneOf(slug, PARENT);
      await armCall('DELETE', `/${name}`);
      for (;;) if (await armCall('GET', `/${name}`).then(() => false, () => true)) break;
      await armCall('PUT', `/${name}`, { location: 'global', tags: ownerTag(id) }, 'elsewhere');
      return async () => void await armCall('DELETE', `/${name}`, undefined, 'elsewhere');
    },
    named: (slug) => `zone /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/elsewhere/providers/Microsoft.Network/dnszones/${zoneOf(slug, PARENT)}`,
  },
  {
    name: 'volume elsewhere',
    spoil: async ({ slug }) => {
      const volume: ClusterObject = {
        apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: `kept-${slug}` },
        spec: {
          capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], persistentVolumeReclaimPolicy: 'Retain', hostPath: { path: '/kept' },
          claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: 'data', namespace: namespaceOf(slug) },
        },
      };
      await cluster().api.create(volume);
      return async () => void await cluster().api.delete(volume);
    },
    named: (slug) => `PersistentVolume kept-${slug}`,
  },
];

/** Every object with every damage. */
export const CELLS: readonly Cell[] = [
  ...Object.entries(OBJECTS).flatMap(([object, { spoil, named }]) =>
    DAMAGES.map((damage): Cell => ({ name: `${object} ${damage}`, spoil: spoil(damage), ...(named && { named }) }))),
  ...ELSEWHERE,
];

export const cellNamed = (name: string): Cell => {
  const cell = CELLS.find((each) => each.name === name);
  if (!cell) throw new Error(`the matrix has no cell ${name}`);
  return cell;
};
