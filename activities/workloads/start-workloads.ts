import type { Kubernetes } from '../../connectors/kubernetes/interface.ts';
import { isOwnedBy } from '../../tenant/labels.ts';
import type { Tenant } from '../../tenant/tenant.ts';
import { awaitRollout } from '../rollout.ts';
import { listScalables, stageOf, start, type Scalable } from './scalables.ts';
import { listSchedules, resume } from './schedules.ts';

/**
 * Gives everything its remembered replicas back, what is called before what calls it, each wave ready before the next begins; CronJobs and
 * Jobs come last. Only the tenant's own releases are awaited: what somebody put beside them may have been broken before. NOT_READY after
 * `timeoutMs` over all; a repetition goes on where this one stopped.
 */
export const startWorkloads = async (kubernetes: Kubernetes, tenant: Tenant, timeoutMs: number): Promise<{ replicas: Record<string, number> }> => {
  const deadline = Date.now() + timeoutMs;
  const scalables = await listScalables(kubernetes, tenant.namespace);
  for (const stage of stagesOf(scalables)) {
    for (const scalable of stage) await start(kubernetes, scalable);
    const own = stage.filter(({ ref, manifest }) => ref.kind === 'Deployment' && isOwnedBy(manifest, tenant.id)).map(({ ref }) => ref.name);
    await awaitRollout(kubernetes, tenant.namespace, own, deadline - Date.now());
  }
  for (const schedule of await listSchedules(kubernetes, tenant.namespace)) await resume(kubernetes, schedule);
  return { replicas: Object.fromEntries(scalables.map(({ ref, replicas, remembered }) => [`${ref.kind}/${ref.name}`, remembered ?? replicas])) };
};

const stagesOf = (scalables: readonly Scalable[]): Scalable[][] =>
  [...new Set(scalables.map(stageOf))].map((stage) => scalables.filter((scalable) => stageOf(scalable) === stage));
