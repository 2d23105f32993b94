import type { ZoneRef } from '../../../connectors/azure-dns/interface.ts';
import { dnsZoneOf } from '../../../tenant/names.ts';
import type { Tenant } from '../../../tenant/tenant.ts';

/** The tenant's zone by its stored name and by Azure's recorded ids of zone and delegation. */
export const zoneRefOf = (tenant: Tenant, parentZone: string): ZoneRef =>
  ({ name: dnsZoneOf(tenant, parentZone), id: tenant.holdings.zone, delegationId: tenant.holdings.delegation });
