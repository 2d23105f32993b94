import type { Kubernetes, Manifest, ObjectRef } from '../../connectors/kubernetes/interface.ts';

/** On what a suspension of the tenant suspended. What its owner had suspended before does not carry it, and stays suspended. */
const WITH_TENANT = 'matih.io/suspended-with-tenant';

/** A CronJob, or a Job that is not finished: both are stopped by `spec.suspend`, which ends a Job's pods and starts them again later. */
export interface Schedule {
  ref: ObjectRef;
  /** Version of the object that was read. A later write is refused if the object has changed (`isOutdated`). */
  resourceVersion: string | undefined;
  isSuspended: boolean;
  /** Whether it was a suspension of the tenant that suspended it. */
  isOurs: boolean;
}

interface Fields {
  metadata?: { name?: string; resourceVersion?: string; annotations?: Record<string, string> };
  spec?: { suspend?: boolean };
  status?: { conditions?: { type: string; status: string }[] };
}

/** CronJobs and unfinished Jobs of a namespace. CronJobs come first, so that no unseen Job starts. */
export const listSchedules = async (kubernetes: Kubernetes, namespace: string): Promise<Schedule[]> => {
  const schedules: Schedule[] = [];
  for (const kind of ['CronJob', 'Job']) {
    const manifests = await kubernetes.list({ apiVersion: 'batch/v1', kind, namespace });
    schedules.push(...manifests.map((manifest) => scheduleOf(namespace, manifest)).filter(({ isFinished, isOurs }) => !isFinished || isOurs));
  }
  return schedules;
};

/** Suspends and marks the object in one write. An already suspended object stays unchanged. */
export const suspend = async (kubernetes: Kubernetes, { ref, isSuspended, resourceVersion }: Schedule): Promise<void> => {
  if (isSuspended) return;
  await kubernetes.mergePatch(ref, { metadata: { annotations: { [WITH_TENANT]: 'true' }, resourceVersion }, spec: { suspend: true } });
};

/** Undoes `suspend` in one write. */
export const resume = async (kubernetes: Kubernetes, { ref, isOurs, resourceVersion }: Schedule): Promise<void> => {
  if (!isOurs) return;
  await kubernetes.mergePatch(ref, { metadata: { annotations: { [WITH_TENANT]: null }, resourceVersion }, spec: { suspend: false } });
};

const scheduleOf = (namespace: string, manifest: Manifest): Schedule & { isFinished: boolean } => {
  const { metadata, spec, status } = manifest as Fields;
  return {
    ref: { apiVersion: 'batch/v1', kind: manifest.kind ?? '', name: metadata?.name ?? '', namespace },
    resourceVersion: metadata?.resourceVersion,
    isSuspended: spec?.suspend ?? false,
    isOurs: metadata?.annotations?.[WITH_TENANT] !== undefined,
    isFinished: status?.conditions?.some((condition) => ['Complete', 'Failed'].includes(condition.type) && condition.status === 'True') ?? false,
  };
};
