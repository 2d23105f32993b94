/**
 * Effect: the tenant's own NGINX ingress controller runs as a release in its namespace, and the address of its load balancer is known.
 * Idempotent: the release is deployed from any state; an unchanged release gets a revision and no new pod.
 * Converges: the address is read from the Service each time; a worker that dies while waiting leaves nothing to undo.
 */
import { INGRESS_CONTROLLER } from '../../../tenant/catalogue.ts';
import { ingressClassOf } from '../../../tenant/names.ts';
import type { OperationInput } from '../../../tenant/operations.ts';
import { phaseActivity, type ActivityDependencies } from '../../phase-activity.ts';
import { releaseRequest } from '../../releases.ts';
import { learnAddress } from './reachability.ts';

export const deployIngressController = (dependencies: ActivityDependencies) => {
  const { connectors: { helm }, projection, settings } = dependencies;
  return phaseActivity(dependencies, 'DEPLOY_INGRESS', async ({ operation }, _input: OperationInput) => {
    const { tenant } = operation;
    await helm.deploy(releaseRequest(tenant, INGRESS_CONTROLLER, settings));
    await projection.updateTenant(operation, { holdings: { ingressClass: ingressClassOf(tenant.slug) } });
    return { ip: await learnAddress(dependencies, operation) };
  }, { completes: false });
};
