/**
 * Effect: none; searches every system for residue of the tenant, by mark, by exact name and by recorded id. An object of its name that
 * never was the tenant's is no residue. An unavailable system is an error, never an empty result. Fails naming the residue, and is retried
 * for a minute: an outside system or the cluster may remove it shortly.
 * Converges: it only reads.
 */
import type { Connectors } from '../../connectors/connectors.ts';
import { TenantError } from '../../tenant/errors.ts';
import type { Find } from '../../tenant/ownership.ts';
import type { Tenant } from '../../tenant/tenant.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { zoneRefOf } from '../provisioning/deploy-ingress/zone-ref.ts';
import { databaseFinds } from '../tenant-database.ts';
import { clusterFinds } from './cluster-finds.ts';

/** Finds by system. */
type Scan = Readonly<Record<string, readonly Find[]>>;

export const scanResidue = (dependencies: ActivityDependencies) => phaseActivity(dependencies, 'SCAN_RESIDUE', async ({ operation: { tenant } }) => {
  const scan = await scanFor(tenant, dependencies.connectors);
  const residue = Object.entries(scan).map(([system, finds]) => [system, finds.filter(isResidue).map(({ what }) => what)] as const);
  const left = residue.filter(([, found]) => found.length > 0).map(([system, found]) => `${system}: ${found.join(', ')}`);
  if (left.length > 0) throw new TenantError('NOT_READY', `still there of tenant ${tenant.slug}: ${left.join('; ')}`, {
    details: { left: Object.fromEntries(residue) },
  });
  return {
    residue: Object.fromEntries(residue.map(([system, found]) => [system, found.length])),
    foreign: Object.values(scan).flat().map(({ what }) => what),
  };
});

const isResidue = ({ ownership, isRecorded }: Find): boolean => ownership === 'own' || (ownership === 'foreign' && isRecorded);

const scanFor = async (tenant: Tenant, connectors: Connectors): Promise<Scan> => {
  const { configService, dataPlaneDatabase, iam, infrastructure, kubernetes } = connectors;
  const [inCluster, database, dns, settings, users, infrastructureLeft] = await Promise.all([
    clusterFinds(kubernetes, tenant),
    databaseFinds(dataPlaneDatabase, tenant),
    dnsFinds(tenant, connectors),
    configService.count(tenant.id),
    iam.listUsers(tenant.id),
    infrastructure.residue(tenant.id),
  ]);
  return {
    kubernetes: inCluster, database, dns, configuration: settings > 0 ? [ownFind(`${settings} entries and flags`)] : [],
    iam: users.map(({ id }) => ownFind(`user ${id}`)), infrastructure: infrastructureLeft.map(ownFind),
  };
};

/** An object that a platform service keeps under the tenant's id. Tenant ids are never reused. */
const ownFind = (what: string): Find => ({ what, ownership: 'own', isRecorded: true });

/** The address records are in the zone and are removed with it. */
const dnsFinds = async (tenant: Tenant, { azureDns }: Connectors): Promise<Find[]> =>
  (await azureDns.find(zoneRefOf(tenant, azureDns.parentZone), tenant.id))
    .map(({ kind, what, ownership }) => ({ what, ownership, isRecorded: tenant.holdings[kind] !== undefined }));
