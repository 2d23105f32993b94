/**
 * Effect: CronJobs and Jobs are suspended, every Deployment and StatefulSet of the namespace is at zero replicas and carries those it had,
 * and no pod is left. Data, releases, DNS zone and certificate stay.
 * Idempotent: what stands still is left alone, and replicas once remembered are not remembered again.
 * After a crash: replicas are remembered before they are scaled, so the next attempt finds either the replicas or the memory of them.
 */
import { TenantError } from '../../tenant/errors.ts';
import { assertOwnNamespace } from '../owned-namespace.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { stopWorkloads } from '../workloads/stop-workloads.ts';
import { waits } from '../trouble.ts';

export const scaleDown = (dependencies: ActivityDependencies) => {
  const { connectors: { kubernetes }, settings } = dependencies;
  return phaseActivity(dependencies, 'SCALE_DOWN', async ({ operation: { tenant } }) => {
    if (tenant.status !== 'SUSPENDED') throw new TenantError('CONFLICT', `${tenant.slug} is ${tenant.status}: only a SUSPENDED tenant is scaled down`);
    await assertOwnNamespace(kubernetes, tenant);
    return { ...await stopWorkloads(kubernetes, tenant.namespace, settings.POD_TERMINATION_TIMEOUT_SECONDS * 1000) };
  }, { patience: waits(3, 'POD_TERMINATION_TIMEOUT_SECONDS') });
};
