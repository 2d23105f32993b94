import { isNotFound, isOutdated } from '../../connectors/kubernetes/errors.ts';
import type { Kubernetes, Manifest } from '../../connectors/kubernetes/interface.ts';
import { TenantError, type FailureClass } from '../../tenant/errors.ts';
import { isConflict } from '../create-once.ts';
import { waitFor } from '../wait.ts';
import { listScalables, stop, type Scalable } from './scalables.ts';
import { listSchedules, suspend, type Schedule } from './schedules.ts';

const POLL_MS = 500;

/** Pods named when they do not end; a person reads no more. */
const MOST_NAMED = 5;

export interface StoppedWorkloads {
  /** Replicas they will get back, by `Kind/name`. */
  replicas: Record<string, number>;
  /** CronJobs and Jobs that were suspended for it, as `Kind/name`. */
  suspended: string[];
}

/**
 * Stops all workloads of a namespace and waits until no pod is left. Every look stops running workloads again, because an autoscaler or an
 * operator may have started them. Remembered replicas are never overwritten. NOT_READY after `timeoutMs`, naming the remaining pods and
 * their reasons.
 */
export const stopWorkloads = (kubernetes: Kubernetes, namespace: string, timeoutMs: number): Promise<StoppedWorkloads> =>
  untilStopped(kubernetes, namespace, timeoutMs, async () => undefined);

/**
 * Stops everything in a namespace that is about to be deleted. Pods without a controller are removed. A pod that cannot be stopped does not
 * block the deletion of the namespace. After `timeoutMs` it is named in `left`.
 */
export const stopForGood = async (kubernetes: Kubernetes, namespace: string, timeoutMs: number): Promise<StoppedWorkloads & { left: string[] }> => {
  try {
    return { ...await untilStopped(kubernetes, namespace, timeoutMs, (pods) => removeBarePods(kubernetes, namespace, pods)), left: [] };
  } catch (error) {
    if (!(error instanceof TenantError) || !DOES_NOT_HOLD_UP.has(error.failureClass)) throw error;
    return { ...summaryOf(await listSchedules(kubernetes, namespace), await listScalables(kubernetes, namespace)), left: [error.message] };
  }
};

/** Timeouts, and objects that cannot be changed. An unavailable API server is retried. */
const DOES_NOT_HOLD_UP: ReadonlySet<FailureClass> = new Set(['NOT_READY', 'CONFLICT', 'INVALID_REQUEST', 'CEILING_REACHED']);

const untilStopped = (
  kubernetes: Kubernetes, namespace: string, timeoutMs: number, endPods: (pods: readonly Manifest[]) => Promise<unknown>,
): Promise<StoppedWorkloads> => {
  let left: Manifest[] = [];
  return waitFor({
    what: `the pods of ${namespace} to end`,
    timeoutMs,
    intervalMs: POLL_MS,
    probe: async () => {
      const schedules = await listSchedules(kubernetes, namespace);
      const scalables = await listScalables(kubernetes, namespace);
      await stopAll(kubernetes, schedules, scalables);
      left = (await kubernetes.list({ apiVersion: 'v1', kind: 'Pod', namespace })).filter(isAlive);
      await endPods(left);
      const isQuiet = schedules.every(({ isSuspended }) => isSuspended) && scalables.every(({ replicas, isEmpty }) => replicas === 0 && isEmpty);
      return isQuiet && left.length === 0 && summaryOf(schedules, scalables);
    },
    explain: () => left.slice(0, MOST_NAMED).map((pod) => whyPodStays(pod, new Date())).join('; '),
  });
};

/** Removes pods without a controller. The uid protects a recreated pod of the same name. */
const removeBarePods = async (kubernetes: Kubernetes, namespace: string, pods: readonly Manifest[]): Promise<void> => {
  for (const { metadata } of pods) {
    if (metadata?.deletionTimestamp || metadata?.ownerReferences?.some(({ controller }) => controller)) continue;
    const ref = { apiVersion: 'v1', kind: 'Pod', name: metadata?.name ?? '', namespace };
    await kubernetes.remove(ref, metadata?.uid ? { uid: metadata.uid } : {}).catch((error: unknown) => {
      if (!isConflict(error)) throw error;
    });
  }
};

/** Callers before what they call. What vanished or changed since it was read is left to the next look. */
const stopAll = async (kubernetes: Kubernetes, schedules: readonly Schedule[], scalables: readonly Scalable[]): Promise<void> => {
  try {
    for (const schedule of schedules) await suspend(kubernetes, schedule);
    for (const scalable of scalables.toReversed()) await stop(kubernetes, scalable);
  } catch (error) {
    if (!isNotFound(error) && !isOutdated(error)) throw error;
  }
};

const summaryOf = (schedules: readonly Schedule[], scalables: readonly Scalable[]): StoppedWorkloads => ({
  replicas: Object.fromEntries(scalables.flatMap(({ ref, remembered }) =>
    remembered === null || Number.isNaN(remembered) ? [] : [[`${ref.kind}/${ref.name}`, remembered]])),
  suspended: schedules.filter(({ isOurs }) => isOurs).map(({ ref }) => `${ref.kind}/${ref.name}`),
});

/** A pod that has ended stays listed until somebody removes it. */
const isAlive = ({ status }: Manifest): boolean => !['Succeeded', 'Failed'].includes((status as { phase?: string } | undefined)?.phase ?? '');

/** Why a pod is still there although everything that makes pods was stopped. */
export const whyPodStays = ({ metadata }: Manifest, now: Date): string => {
  const { name, ownerReferences: [owner] = [], deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = metadata ?? {};
  const pod = `pod ${name} of ${owner ? `${owner.kind} ${owner.name}` : 'nobody'}`;
  if (!deletionTimestamp) return `${pod} runs, and is not stopped by scaling a Deployment or StatefulSet or by suspending a Job`;
  const seconds = Math.round((now.getTime() - new Date(deletionTimestamp).getTime()) / 1000) + deletionGracePeriodSeconds;
  return `${pod} was told to end ${seconds} s ago${finalizers.length > 0 ? ` and is held by ${finalizers.join(', ')}` : ''}`;
};
