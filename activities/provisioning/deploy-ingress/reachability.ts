import type { Manifest } from '../../../connectors/kubernetes/interface.ts';
import type { AdmittedOperation } from '../../../projection/interface.ts';
import { INGRESS_CONTROLLER } from '../../../tenant/catalogue.ts';
import { ADDRESS_RECORDS, dnsZoneOf } from '../../../tenant/names.ts';
import type { ActivityDependencies } from '../../phase-activity.ts';
import { waitFor } from '../../wait.ts';

const POLL_INTERVAL_MS = 500;

/** Waits for the address of the tenant's load balancer, and stores it. */
export const learnAddress = async ({ connectors: { kubernetes }, projection, settings }: ActivityDependencies, operation: AdmittedOperation): Promise<string> => {
  const { namespace } = operation.tenant;
  const ip = await waitFor({
    what: 'the load balancer\'s address',
    timeoutMs: settings.LOAD_BALANCER_TIMEOUT_SECONDS * 1000,
    intervalMs: POLL_INTERVAL_MS,
    probe: async () => addressOf(await kubernetes.get({ apiVersion: 'v1', kind: 'Service', name: INGRESS_CONTROLLER, namespace })),
  });
  await projection.updateTenant(operation, { ingressIp: ip });
  return ip;
};

interface LoadBalancerStatus {
  loadBalancer?: { ingress?: { ip?: string }[] };
}

/** The public IPv4 address of a Service; undefined before the cloud assigns it. */
const addressOf = (service: Manifest | undefined): string | undefined =>
  (service?.['status'] as LoadBalancerStatus | undefined)?.loadBalancer?.ingress?.find(({ ip }) => ip)?.ip;

/**
 * Makes the tenant's zone, its delegation in the parent zone, and A records for an address, unless they are up to date. The zone's name is
 * stored before the zone is made, so that a teardown finds it.
 */
export const ensureZone = async ({ connectors: { azureDns }, projection }: ActivityDependencies, operation: AdmittedOperation, ip: string) => {
  const { tenant } = operation;
  const name = dnsZoneOf(tenant, azureDns.parentZone);
  await projection.updateTenant(operation, { dnsZone: name });
  const zone = await azureDns.createZone(name, tenant.id);
  await projection.updateTenant(operation, { holdings: { zone: zone.id } });
  const delegation = await azureDns.delegate(zone, tenant.id);
  await projection.updateTenant(operation, { holdings: { delegation } });
  await azureDns.putAddressRecords(zone, tenant.id, ADDRESS_RECORDS, ip);
  return { zone: name, zoneId: zone.id, delegationId: delegation, nameServers: zone.nameServers };
};
