/**
 * Effect: none; it tells whether anything of the tenant is left anywhere, found by the marks of ownership and never by name alone.
 * Fails naming what is left, and is tried again: an outside system may still be about to forget. Converges: it only reads.
 */
import type { Connectors } from '../../connectors/connectors.ts';
import { TenantError } from '../../tenant/errors.ts';
import { LABELS, zoneOf } from '../../tenant/names.ts';
import type { Tenant } from '../../tenant/tenant.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { tenantDatabaseOf } from '../tenant-database.ts';
import type { Patience } from '../trouble.ts';

/** An outside system has forgotten by then, or needs to be told. */
const PATIENCE: Patience = () => 15_000;

/** What is found in each system, in words. */
type Scan = Readonly<Record<string, readonly string[]>>;

export const scanResidue = (dependencies: ActivityDependencies) => phaseActivity(dependencies, 'SCAN_RESIDUE', async ({ operation: { tenant } }) => {
  const scan = await scanFor(tenant, dependencies.connectors);
  const left = Object.entries(scan).filter(([, found]) => found.length > 0).map(([system, found]) => `${system}: ${found.join(', ')}`);
  if (left.length > 0) throw new TenantError('NOT_READY', `still there of tenant ${tenant.slug}: ${left.join('; ')}`, { details: { left: scan } });
  return { residue: Object.fromEntries(Object.entries(scan).map(([system, found]) => [system, found.length])) };
}, { patience: PATIENCE });

const scanFor = async (tenant: Tenant, connectors: Connectors): Promise<Scan> => {
  const { configService, dataPlaneDatabase, iam, infrastructure } = connectors;
  const [kubernetes, database, dns, settings, users, infrastructureLeft] = await Promise.all([
    clusterObjects(tenant, connectors),
    dataPlaneDatabase.residue(tenantDatabaseOf(tenant)),
    dnsNames(tenant, connectors),
    configService.count(tenant.id),
    iam.listUsers(tenant.id),
    infrastructure.residue(tenant.id),
  ]);
  return {
    kubernetes, database, dns, configuration: settings > 0 ? [`${settings} entries and flags`] : [],
    iam: users.map(({ id }) => `user ${id}`), infrastructure: infrastructureLeft,
  };
};

/** Everything inside the namespace is gone with it; what is left to look for are objects that are in none. */
const CLUSTER_KINDS = [
  { apiVersion: 'v1', kind: 'Namespace' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass' },
] as const;

const clusterObjects = async ({ id }: Tenant, { kubernetes }: Connectors): Promise<string[]> => {
  const lists = await Promise.all(CLUSTER_KINDS.map((kind) => kubernetes.list({ ...kind, labelSelector: `${LABELS.tenantId}=${id}` })));
  return lists.flat().map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
};

/** The records are in the zone, and go with it. */
const dnsNames = async (tenant: Tenant, { azureDns }: Connectors): Promise<string[]> => {
  const name = tenant.dnsZone ?? zoneOf(tenant.slug, azureDns.parentZone);
  const [delegation, zone] = await Promise.all([azureDns.getDelegation(name), azureDns.getZone(name)]);
  return [
    ...(delegation?.ownerId === tenant.id ? [`delegation of ${name}`] : []),
    ...(zone?.ownerId === tenant.id ? [`zone ${name}`] : []),
  ];
};
