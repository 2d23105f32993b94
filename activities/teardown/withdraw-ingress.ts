/**
 * Effect: the tenant is unreachable. A records are removed first, else they point to a freed public address; then Ingress and Certificate.
 * The certificate's Orders and Challenges are gone, else their finalizers block the namespace.
 * Idempotent: only existing objects of the tenant are removed. A zone made for it without its mark is a conflict.
 * Converges: each attempt reads the state and does the rest.
 */
import type { Kubernetes, Manifest } from '../../connectors/kubernetes/interface.ts';
import { ADDRESS_RECORDS } from '../../tenant/names.ts';
import type { OperationInput } from '../../tenant/operations.ts';
import { mayRemove } from '../../tenant/ownership.ts';
import { enterToTearDown } from '../owned-namespace.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { zoneRefOf } from '../provisioning/deploy-ingress/zone-ref.ts';
import { waitFor } from '../wait.ts';

const WAIT_MS = 120_000;
const POLL_INTERVAL_MS = 500;

const REMOVED = [
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  { apiVersion: 'cert-manager.io/v1', kind: 'Certificate' },
] as const;

/** Objects that outlive a Certificate, with finalizers that only cert-manager removes. */
const AWAITED = [
  { apiVersion: 'acme.cert-manager.io/v1', kind: 'Order' },
  { apiVersion: 'acme.cert-manager.io/v1', kind: 'Challenge' },
] as const;

export const withdrawIngress = (dependencies: ActivityDependencies) => {
  const { connectors: { azureDns, kubernetes }, settings } = dependencies;
  return phaseActivity(dependencies, 'WITHDRAW_INGRESS', async ({ operation: { tenant } }, _input: OperationInput) => {
    const ref = zoneRefOf(tenant, azureDns.parentZone);
    const { zone: found, removed } = await azureDns.removeAddressRecords(ref, tenant.id, ADDRESS_RECORDS);
    const hadRecords = mayRemove({ what: `DNS zone ${ref.name}`, ownership: found, isRecorded: tenant.holdings.zone !== undefined });
    const { state } = await enterToTearDown(kubernetes, tenant, settings);
    const objects = state === 'entered' ? await removeObjects(kubernetes, tenant.namespace) : 0;
    return { zone: ref.name, found, addressRecords: removed, objects, ...(hadRecords && { withdrawnAt: new Date().toISOString() }) };
  });
};

const removeObjects = async (kubernetes: Kubernetes, namespace: string): Promise<number> => {
  const objects = (await Promise.all(REMOVED.map((kind) => kubernetes.list({ ...kind, namespace })))).flat();
  for (const { apiVersion, kind, metadata } of objects) {
    const ref = { apiVersion: apiVersion ?? '', kind: kind ?? '', name: metadata?.name ?? '', namespace };
    await kubernetes.remove(ref, metadata?.uid ? { uid: metadata.uid } : {});
  }
  let left: Manifest[] = [];
  await waitFor({
    what: 'the certificate\'s orders and challenges to be gone',
    timeoutMs: WAIT_MS,
    intervalMs: POLL_INTERVAL_MS,
    probe: async () => {
      left = (await Promise.all([...REMOVED, ...AWAITED].map((kind) => kubernetes.list({ ...kind, namespace })))).flat();
      return left.length === 0;
    },
    explain: () => left.map(({ kind, metadata }) => `${kind} ${metadata?.name} (finalizers: ${metadata?.finalizers?.join(', ') || 'none'})`).join('; '),
  });
  return objects.length;
};
