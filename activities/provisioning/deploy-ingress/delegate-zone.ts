/**
 * Effect: the tenant's zone exists, the parent zone delegates to the zone's own name servers, its A records point to the load balancer.
 * Idempotent: zone and delegation carry the tenant's id and are taken as they are when they are the tenant's; equal records stay.
 * Converges: the name servers are read from the zone each time, because a recreated zone may have others. The zone's name is stored
 * before the zone is made, so that a teardown finds it.
 */
import { ADDRESS_RECORDS, zoneOf } from '../../../tenant/names.ts';
import type { OperationInput } from '../../../tenant/operations.ts';
import { phaseActivity, type ActivityDependencies } from '../../phase-activity.ts';

export interface DelegateZoneInput extends OperationInput {
  /** Address of the tenant's load balancer. */
  ip: string;
}

export const delegateZone = (dependencies: ActivityDependencies) => {
  const { connectors: { azureDns }, projection } = dependencies;
  return phaseActivity(dependencies, 'DEPLOY_INGRESS', async ({ operation }, { ip }: DelegateZoneInput) => {
    const { tenant } = operation;
    const name = zoneOf(tenant.slug, azureDns.parentZone);
    await projection.updateTenant(operation, { dnsZone: name });
    const zone = await azureDns.createZone(name, tenant.id);
    await azureDns.delegate(zone, tenant.id);
    await azureDns.putAddressRecords(name, tenant.id, ADDRESS_RECORDS, ip);
    return { zone: name, nameServers: zone.nameServers };
  }, { completes: false });
};
