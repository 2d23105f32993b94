import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError, type WorkflowStartOptions } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { SEARCH_ATTRIBUTES } from '../../api/search-attributes.ts';
import type { Temporal } from '../../api/temporal.ts';

/** A run as the stand-in keeps it. */
export interface FakeRun {
  workflowId: string;
  runId: string;
  memo: Record<string, unknown>;
  kind: string | undefined;
  input: Record<string, unknown>;
  status: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TERMINATED';
  startTime: Date;
  result?: unknown;
  /** Why it failed. */
  failure?: Error;
}

/** How the next starts go: LOST ones are carried out and not answered, REFUSED ones neither. */
export type Starts = 'ANSWERED' | 'LOST' | 'REFUSED';

const grpcError = (code: number, message: string): Error => Object.assign(new Error(message), { code, details: message, metadata: {} });

/**
 * Temporal as far as the API calls it, in memory: one open run a workflow id, memo, search attributes, cancel and results. Nothing runs;
 * a test says what becomes of a run.
 */
export class FakeTemporal {
  readonly runs: FakeRun[] = [];
  starts: Starts = 'ANSWERED';
  /** The verdict of a judged run's first step; rejects like Temporal's client when it gives no verdict. */
  verdict: (run: FakeRun) => Promise<unknown> = async () => { throw grpcError(4, 'no worker took the run'); };
  /** Called before a start takes effect. */
  onStart: () => Promise<void> = async () => undefined;
  /** Called before a run is described. */
  onDescribe: () => Promise<void> = async () => undefined;
  onCancel: (run: FakeRun) => Promise<void> = async (run) => { run.status = 'CANCELLED'; };
  onSignal: (run: FakeRun, argument: unknown, name: string) => Promise<void> = async () => undefined;

  newest(workflowId: string): FakeRun | undefined {
    return this.runs.findLast((run) => run.workflowId === workflowId);
  }

  /** The part that the API is given. */
  get temporal(): Temporal {
    const workflow = {
      start: async (_type: string, options: WorkflowStartOptions) => {
        await this.onStart();
        return { firstExecutionRunId: this.#start(options).runId };
      },
      startUpdateWithStart: async (_update: string, { startWorkflowOperation }: { startWorkflowOperation: { options: WorkflowStartOptions } }) => {
        const run = this.#start(startWorkflowOperation.options);
        return { workflowRunId: run.runId, result: () => this.verdict(run) };
      },
      getHandle: (workflowId: string, runId?: string) => ({
        describe: async () => {
          await this.onDescribe();
          return this.#describe(workflowId, runId);
        },
        signal: async (name: string, argument: unknown) => this.onSignal(this.#find(workflowId, runId), argument, name),
        cancel: async () => this.onCancel(this.#find(workflowId, runId)),
        result: async () => {
          const { status, result, failure } = this.#find(workflowId, runId);
          if (status === 'COMPLETED') return result;
          throw new WorkflowFailedError('the run failed', failure, 'RETRY_STATE_UNSPECIFIED' as never);
        },
      }),
    };
    const listWorkflowExecutions = async ({ query }: { query: string }) => ({
      executions: this.runs.filter(({ runId }) => query.includes(runId)).map(({ workflowId, runId }) => ({ execution: { workflowId, runId } })),
    });
    const connection = { close: async () => undefined, withDeadline: <T>(_deadline: number, body: () => Promise<T>) => body(), workflowService: { listWorkflowExecutions } };
    return { client: { workflow }, connection, taskQueue: 'fake', namespace: 'default' } as unknown as Temporal;
  }

  #start({ workflowId, memo = {}, typedSearchAttributes, args = [] }: WorkflowStartOptions): FakeRun {
    if (this.starts === 'REFUSED') throw grpcError(14, 'the frontend is being rolled');
    if (this.newest(workflowId)?.status === 'RUNNING') throw new WorkflowExecutionAlreadyStartedError('already started', workflowId, 'any');
    const attributes = typedSearchAttributes as { get: (key: unknown) => string | undefined };
    const run: FakeRun = {
      workflowId, runId: randomUUID(), memo, kind: attributes.get(SEARCH_ATTRIBUTES.operation), input: args[0] as FakeRun['input'],
      status: 'RUNNING', startTime: new Date(),
    };
    this.runs.push(run);
    if (this.starts === 'LOST') throw grpcError(4, 'the deadline passed');
    return run;
  }

  #find(workflowId: string, runId?: string): FakeRun {
    const run = runId ? this.runs.find((candidate) => candidate.runId === runId) : this.newest(workflowId);
    if (!run) throw new WorkflowNotFoundError('no such run', workflowId, runId);
    return run;
  }

  #describe(workflowId: string, runId?: string) {
    const { kind, memo, startTime, status, ...run } = this.#find(workflowId, runId);
    const get = (key: { name: string }) => (key.name === SEARCH_ATTRIBUTES.operation.name ? kind : undefined);
    return { runId: run.runId, memo, typedSearchAttributes: { get }, status: { name: status }, startTime, closeTime: undefined, raw: {} };
  }
}
