/**
 * Effect: every Deployment and StatefulSet has the replicas from before the suspension again, wave by wave; CronJobs and Jobs are what
 * their owner had left them.
 * Idempotent: what carries no memory of a suspension is left alone.
 * After a crash: replicas are forgotten after they are back, so the next attempt goes on with the rest.
 */
import { assertOwnNamespace } from '../owned-namespace.ts';
import { phaseActivity, type ActivityDependencies } from '../phase-activity.ts';
import { startWorkloads } from '../workloads/start-workloads.ts';
import { waits } from '../trouble.ts';

export const scaleUp = (dependencies: ActivityDependencies) => {
  const { connectors: { kubernetes }, settings } = dependencies;
  return phaseActivity(dependencies, 'SCALE_UP', async ({ operation: { tenant } }) => {
    await assertOwnNamespace(kubernetes, tenant);
    return startWorkloads(kubernetes, tenant, settings.WAVE_TIMEOUT_SECONDS * 1000);
  }, { patience: waits(3, 'WAVE_TIMEOUT_SECONDS') });
};
