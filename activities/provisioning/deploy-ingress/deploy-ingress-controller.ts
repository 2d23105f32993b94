/**
 * Effect: the tenant's own NGINX ingress controller runs as a release in its namespace, and the address of its load balancer is known.
 * Idempotent: the release is brought to deployed from whatever state it is in; one that is as it should be gets a revision and no new pod.
 * Converges: the address is read from the Service each time; a worker that dies while waiting leaves nothing to undo.
 */
import type { Manifest } from '../../../connectors/kubernetes/interface.ts';
import { INGRESS_CONTROLLER } from '../../../tenant/catalogue.ts';
import { ingressClassOf } from '../../../tenant/names.ts';
import type { OperationInput } from '../../../tenant/operations.ts';
import { phaseActivity, type ActivityDependencies } from '../../phase-activity.ts';
import { releaseRequest } from '../../releases.ts';
import { waitFor } from '../../wait.ts';

const POLL_INTERVAL_MS = 500;

export const deployIngressController = (dependencies: ActivityDependencies) => {
  const { connectors: { helm, kubernetes }, projection, settings } = dependencies;
  return phaseActivity(dependencies, 'DEPLOY_INGRESS', async ({ operation }, _input: OperationInput) => {
    const { tenant } = operation;
    await helm.deploy(releaseRequest(tenant, INGRESS_CONTROLLER, settings));
    await projection.updateTenant(operation, { holdings: { ingressClass: ingressClassOf(tenant.slug) } });
    const ip = await waitFor({
      what: 'the load balancer\'s address',
      timeoutMs: settings.LOAD_BALANCER_TIMEOUT_SECONDS * 1000,
      intervalMs: POLL_INTERVAL_MS,
      probe: async () => addressOf(await kubernetes.get({ apiVersion: 'v1', kind: 'Service', name: INGRESS_CONTROLLER, namespace: tenant.namespace })),
    });
    await projection.updateTenant(operation, { ingressIp: ip });
    return { ip };
  }, { completes: false });
};

interface LoadBalancerStatus {
  loadBalancer?: { ingress?: { ip?: string }[] };
}

/** The public IPv4 address that the cloud gave a Service; undefined while there is none. */
export const addressOf = (service: Manifest | undefined): string | undefined =>
  (service?.['status'] as LoadBalancerStatus | undefined)?.loadBalancer?.ingress?.find(({ ip }) => ip)?.ip;
