/**
 * Effect: CronJobs and Jobs are suspended, and no pod of the namespace is left. Every Deployment and StatefulSet has zero replicas and
 * remembers its own. Data, releases, DNS zone and certificate stay.
 * Idempotent: stopped workloads are left alone; remembered replicas are not overwritten.
 * After a crash: replicas are remembered before the scale-down. The next attempt finds either the replicas or the annotation.
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
