import type { Kubernetes } from '../../../connectors/kubernetes/interface.ts';
import type { Tenant } from '../../../tenant/tenant.ts';
import { workloadAccess } from './access.ts';
import { allEnded } from '../../all-ended.ts';
import { limitRange, resourceQuota } from './limits.ts';
import { networkPolicies, type BoundarySettings } from './network-policies.ts';

/** Applies the boundary of the tenant's own namespace: limits, quota, network policies, the workload's account. */
export const applyBoundary = async (kubernetes: Kubernetes, tenant: Tenant, settings: BoundarySettings): Promise<void> => {
  await kubernetes.apply(limitRange(tenant));
  const boundary = [resourceQuota(tenant), ...networkPolicies(tenant, settings)];
  await allEnded(boundary.map((manifest) => kubernetes.apply(manifest)));
  // One after another: a binding to a role that is not there yet is refused.
  for (const manifest of workloadAccess(tenant)) await kubernetes.apply(manifest);
};
