/**
 * Effect: the parent zone's delegation is removed, then the zone; the other order would allow a takeover of the name. Both are found by
 * Azure's recorded ids, independently of the settings.
 * Idempotent: absent objects count as removed; objects that never were the tenant's stay. An object made for it without its mark is a
 * conflict. Converges: Azure's long-running deletion is requested again.
 */
import type { OperationInput } from '../../tenant/operations.ts';
import { assertMarked } from '../../tenant/ownership.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { zoneRefOf } from '../provisioning/deploy-ingress/zone-ref.ts';
import { forget } from './forget.ts';

export const removeZone = (dependencies: ActivityDependencies) => {
  const { connectors: { azureDns }, projection } = dependencies;
  return phaseActivity(dependencies, 'REMOVE_ZONE', async ({ operation }, _input: OperationInput) => {
    const { tenant } = operation;
    const ref = zoneRefOf(tenant, azureDns.parentZone);
    const delegation = await azureDns.removeDelegation(ref, tenant.id);
    assertMarked({ what: `delegation of ${ref.name}`, ownership: delegation, isRecorded: tenant.holdings.delegation !== undefined });
    const found = await azureDns.deleteZone(ref, tenant.id);
    assertMarked({ what: `DNS zone ${ref.name}`, ownership: found, isRecorded: tenant.holdings.zone !== undefined });
    await forget(projection, operation, { dnsZone: null, holdings: { zone: undefined, delegation: undefined } });
    return { zone: ref.name, found, delegation };
  });
};
