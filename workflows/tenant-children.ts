import { TypedSearchAttributes, type SearchAttributePair } from '@temporalio/common';
import {
  CancellationScope, ChildWorkflowCancellationType, executeChild, log, ParentClosePolicy, startChild, workflowInfo, WorkflowIdReusePolicy, type ChildWorkflowOptions,
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

/** Starts an operation and waits until it has begun; it then goes on by itself. Throws WorkflowExecutionAlreadyStartedError when the tenant is busy. */
export const startOperation = async (kind: ChildKind, request: OperationRequest): Promise<void> => {
  await startChild(OPERATIONS[kind].workflowType, optionsOf(kind, request));
};

/** Runs an operation to its end, whoever cancels. @returns whether it succeeded; why it did not stands in its own run */
export const runOperation = async (kind: ChildKind, request: OperationRequest): Promise<boolean> => {
  try {
    await CancellationScope.nonCancellable(() => executeChild(OPERATIONS[kind].workflowType, optionsOf(kind, request)));
    return true;
  } catch (error) {
    log.warn('an operation beside the deletion did not succeed', { kind, reason: failureReason(error) });
    return false;
  }
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
