import { TypedSearchAttributes, WorkflowExecutionAlreadyStartedError, type SearchAttributePair } from '@temporalio/common';
import {
  CancellationScope, ChildWorkflowCancellationType, log, ParentClosePolicy, startChild, workflowInfo, WorkflowIdReusePolicy, type ChildWorkflowOptions,
} from '@temporalio/workflow';
import { workflowIdOf } from '../tenant/names.ts';
import type { OperationRequest } from '../tenant/operations.ts';
import { failureReason } from './failure-reason.ts';

/** Operations that the wait for a deletion's confirmation starts. */
const OPERATIONS = {
  DELETION: { workflowType: 'deleteTenant', verb: 'Delete' },
  SUSPENSION: { workflowType: 'suspendTenant', verb: 'Suspend until its deletion' },
  REACTIVATION: { workflowType: 'reactivateTenant', verb: 'Reactivate after a deletion that was called off:' },
} as const;
type ChildKind = keyof typeof OPERATIONS;

/** A child operation that has begun and runs independently. */
export interface StartedOperation {
  runId: string;
  /** Whether it succeeded, once it has ended. Its own run has the reason of a failure. */
  succeeds: Promise<boolean>;
}

/** Milliseconds between the first two tries to start an operation; doubled after each try. */
const FIRST_PAUSE_MS = 1_000;
/** Tries to start an operation within half a minute. A run that has recorded its end takes a moment to close. */
const TRIES = 6;

/**
 * Starts an operation, also after a cancel. Retries while another run has the tenant.
 * @param pause waits, and tells whether to stop trying
 * @returns undefined if another run still has the tenant
 */
export const startOperation = async (kind: ChildKind, request: OperationRequest, pause: (milliseconds: number) => Promise<boolean>): Promise<StartedOperation | undefined> => {
  for (let number = 1; ; number += 1) {
    try {
      return await CancellationScope.nonCancellable(() => start(kind, request));
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      if (number === TRIES || await pause(FIRST_PAUSE_MS * 2 ** (number - 1))) return undefined;
    }
  }
};

const start = async (kind: ChildKind, request: OperationRequest): Promise<StartedOperation> => {
  const child = await startChild(OPERATIONS[kind].workflowType, optionsOf(kind, request));
  const succeeds = child.result().then(() => true, (error: unknown) => {
    log.warn('an operation beside the deletion did not succeed', { kind, reason: failureReason(error) });
    return false;
  });
  return { runId: child.firstExecutionRunId, succeeds };
};

const optionsOf = (kind: ChildKind, { tenantId, slug, actor }: OperationRequest): ChildWorkflowOptions & { args: [OperationRequest] } => {
  const summary = `${OPERATIONS[kind].verb} ${slug}`;
  return {
    workflowId: workflowIdOf(slug),
    args: [{ tenantId, slug, actor }],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    cancellationType: ChildWorkflowCancellationType.ABANDON,
    memo: { tenantId, tenantSlug: slug },
    typedSearchAttributes: searchAttributesOf(kind),
    staticSummary: summary,
    staticDetails: `**Asked for by** ${actor}`,
  };
};

/** By which the wait was started, but of the kind of the child. What the server added to them is its own. */
const searchAttributesOf = (kind: ChildKind): TypedSearchAttributes => new TypedSearchAttributes(
  workflowInfo().typedSearchAttributes.getAll()
    .filter(({ key }) => key.name.startsWith('Tenant'))
    .map((pair) => (pair.key.name === 'TenantOperation' ? { key: pair.key, value: kind } as SearchAttributePair : pair)));
