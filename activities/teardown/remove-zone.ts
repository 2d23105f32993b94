/**
 * Effect: the parent zone no longer delegates to the tenant's zone, then the zone is gone (the other way round the name could be taken
 * over), and so is the tenant's ingress class, the one object outside its namespace, if its release could not take it along.
 * Idempotent: what is gone already counts as removed; another owner's is left. Converges: Azure's long-running deletion is asked for again.
 */
import { isOwnedBy } from '../../tenant/labels.ts';
import { ingressClassOf, zoneOf } from '../../tenant/names.ts';
import type { OperationInput } from '../../tenant/operations.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';

export const removeZone = (dependencies: ActivityDependencies) => {
  const { connectors: { azureDns, kubernetes } } = dependencies;
  return phaseActivity(dependencies, 'REMOVE_ZONE', async ({ operation: { tenant } }, _input: OperationInput) => {
    const zone = tenant.dnsZone ?? zoneOf(tenant.slug, azureDns.parentZone);
    await azureDns.removeDelegation(zone, tenant.id);
    await azureDns.deleteZone(zone, tenant.id);

    const ref = { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', name: ingressClassOf(tenant.slug) };
    const ingressClass = await kubernetes.get(ref);
    if (ingressClass && isOwnedBy(ingressClass, tenant.id)) {
      const uid = ingressClass.metadata?.uid;
      await kubernetes.remove(ref, uid ? { uid } : {});
    }
    return { zone };
  });
};
