/**
 * Effect: the tenant's zone exists, the parent zone delegates to the zone's own name servers, its A records point to the load balancer.
 * Idempotent: zone and delegation carry the tenant's id and are taken as they are when they are the tenant's; equal records stay.
 * Converges: the name servers are read from the zone each time, because a recreated zone may have others. The zone's name is stored
 * before the zone is made, so that a teardown finds it; Azure's ids of zone and delegation are recorded as soon as they are known.
 */
import { ADDRESS_RECORDS, dnsZoneOf } from '../../../tenant/names.ts';
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
    const name = dnsZoneOf(tenant, azureDns.parentZone);
    await projection.updateTenant(operation, { dnsZone: name });
    const zone = await azureDns.createZone(name, tenant.id);
    await projection.updateTenant(operation, { holdings: { zone: zone.id } });
    const delegation = await azureDns.delegate(zone, tenant.id);
    await projection.updateTenant(operation, { holdings: { delegation } });
    await azureDns.putAddressRecords(zone, tenant.id, ADDRESS_RECORDS, ip);
    return { zone: name, zoneId: zone.id, delegationId: delegation, nameServers: zone.nameServers };
  }, { completes: false });
};
