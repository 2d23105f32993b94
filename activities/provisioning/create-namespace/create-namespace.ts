/**
 * Effect: the tenant's namespace with its boundary: Pod Security, LimitRange, ResourceQuota, NetworkPolicies, the workload's account.
 * Idempotent: the namespace and our own binding are created, never upserted, everything inside is applied (server-side apply).
 * After a crash: the namespace is found, its owner compared, and all of its content applied again.
 */
import { phaseActivity, type ActivityDependencies } from '../../phase-activity.ts';
import { workloadAccess } from './access.ts';
import { claimNamespace, enterNamespace } from './claim-namespace.ts';
import { limitRange, resourceQuota } from './limits.ts';
import { networkPolicies } from './network-policies.ts';

export const createNamespace = (dependencies: ActivityDependencies) => {
  const { connectors: { kubernetes }, settings } = dependencies;
  return phaseActivity(dependencies, 'CREATE_NAMESPACE', async ({ operation: { tenant } }) => {
    await claimNamespace(kubernetes, tenant);
    await enterNamespace(kubernetes, tenant, settings.CONTROL_PLANE_NAMESPACE);
    await kubernetes.apply(limitRange(tenant));
    const boundary = [resourceQuota(tenant), ...networkPolicies(tenant, settings)];
    await Promise.all(boundary.map((manifest) => kubernetes.apply(manifest)));
    // One after another: a binding to a role that is not there yet is refused.
    for (const manifest of workloadAccess(tenant)) await kubernetes.apply(manifest);
    return { namespace: tenant.namespace };
  });
};
