/**
 * Effect: the tenant's namespace with its boundary: Pod Security, LimitRange, ResourceQuota, NetworkPolicies, the workload's account. The
 * namespace is recorded as the tenant's as soon as it exists.
 * Idempotent: the namespace and the service's own binding are created, never upserted; everything inside is applied (server-side apply).
 * After a crash: the next attempt finds the namespace, compares its owner, and applies all content again.
 */
import { phaseActivity, type ActivityDependencies } from '../../phase-activity.ts';
import { applyBoundary } from './boundary.ts';
import { claimNamespace, enterNamespace } from './claim-namespace.ts';

export const createNamespace = (dependencies: ActivityDependencies) => {
  const { connectors: { kubernetes }, projection, settings } = dependencies;
  return phaseActivity(dependencies, 'CREATE_NAMESPACE', async ({ operation }) => {
    const { tenant } = operation;
    await projection.updateTenant(operation, { holdings: { namespace: await claimNamespace(kubernetes, tenant) } });
    await enterNamespace(kubernetes, tenant, settings.CONTROL_PLANE_NAMESPACE);
    await applyBoundary(kubernetes, tenant, settings);
    return { namespace: tenant.namespace };
  });
};
