import type { Manifest } from '../connectors/kubernetes/interface.ts';

/** The fields of a Deployment that tell whether it is rolled out. */
interface Deployment {
  metadata?: { generation?: number };
  spec?: { replicas?: number };
  status?: {
    observedGeneration?: number; updatedReplicas?: number; availableReplicas?: number; replicas?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

/** The fields of a Pod that tell why its containers do not start. */
interface Pod {
  status?: {
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    initContainerStatuses?: ContainerStatus[]; containerStatuses?: ContainerStatus[];
  };
}

interface ContainerStatus {
  image?: string;
  state?: { waiting?: { reason?: string; message?: string } };
}

/** Whether all pods of the present generation, and only those, are there and available. */
export const isRolledOut = (manifest: Manifest): boolean => {
  const { metadata, spec, status } = manifest as Deployment;
  const wanted = spec?.replicas ?? 1;
  return (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 1)
    && (status?.updatedReplicas ?? 0) >= wanted && (status?.availableReplicas ?? 0) >= wanted && (status?.replicas ?? 0) <= wanted;
};

/** Why a Deployment makes no progress, in its controller's words: pods that may not be created (quota), or the progress deadline. */
export const deploymentProblem = (manifest: Manifest): string | undefined => {
  const conditions = (manifest as Deployment).status?.conditions ?? [];
  const problem = conditions.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True')
    ?? conditions.find(({ type, status }) => type === 'Progressing' && status === 'False');
  return problem && `${problem.reason ?? problem.type}: ${problem.message ?? 'no message'}`;
};

/** Why a pod does not run: not scheduled, or a container that waits for more than its turn (image, configuration, crashes). */
export const podProblem = (manifest: Manifest): string | undefined => {
  const { status } = manifest as Pod;
  const unscheduled = status?.conditions?.find(({ type, status: state }) => type === 'PodScheduled' && state === 'False');
  if (unscheduled) return `${unscheduled.reason ?? 'Unschedulable'}: ${unscheduled.message ?? 'no message'}`;
  const container = [...status?.initContainerStatuses ?? [], ...status?.containerStatuses ?? []]
    .find(({ state }) => state?.waiting?.reason && !NORMAL_WAITS.has(state.waiting.reason));
  return container && `${container.state?.waiting?.reason} of image ${container.image ?? 'unknown'}`;
};

const NORMAL_WAITS: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);
