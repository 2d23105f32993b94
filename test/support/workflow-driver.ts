/**
 * Drives the real workflow bundle in the SDK's own sandbox, without a server: what the workflow schedules runs at once as the fake
 * activity of that name, in the SDK's mock activity context, and its outcome is fed back as the next workflow task.
 *
 * It is not a server. An activity has one attempt, and what it throws is final; there are no timeouts, no pauses, no heartbeat
 * timeouts and no schedule order beyond that of the commands. A cancelled activity learns it at once through its context's signal and
 * is resolved when it settles, as WAIT_CANCELLATION_COMPLETED asks. A timer fires when the test says so. A child workflow begins at once and
 * ends at once, as the test has it end; it is not run. Continue-as-new and replay are not modelled: a command for one of them is an error
 * of the driver.
 *
 * What stands in a `lib` folder of `@temporalio` is internal to the SDK, whose version is pinned; only this file imports it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CancelledFailure, defaultFailureConverter, defaultPayloadConverter, TypedSearchAttributes, type Payload } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { coresdk, type temporal } from '@temporalio/proto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js';
import { VMWorkflowCreator } from '@temporalio/worker/lib/workflow/vm.js';
import type { Workflow } from '@temporalio/worker/lib/workflow/interface.js';
import { createUnsafeRandomSource } from '@temporalio/workflow/lib/random-helpers.js';
import type { Activities } from '../../activities/activities.ts';
import { workflowBundle } from './workflow-bundle.ts';

type Job = coresdk.workflow_activation.IWorkflowActivationJob;
type Command = coresdk.workflow_commands.IWorkflowCommand;
type ScheduleActivity = coresdk.workflow_commands.IScheduleActivity;
type StartChild = coresdk.workflow_commands.IStartChildWorkflowExecution;
type Failure = temporal.api.failure.v1.IFailure;
type FakeActivity = (input: unknown) => Promise<unknown>;

export interface DriverOptions {
  workflowType: string;
  input: unknown;
  activities: Partial<Activities>;
  workflowId: string;
  runId?: string;
  /** Another than `runId` after a reset. */
  originalRunId?: string;
  /** How child workflows of a type go: they succeed, unless told otherwise; of several outcomes, the last one stays. */
  children?: Readonly<Record<string, ChildOutcome | readonly ChildOutcome[]>>;
}

/** BUSY: another run has the child's id. RUNS: it begins and does not end. */
export type ChildOutcome = 'SUCCEEDS' | 'FAILS' | 'BUSY' | 'RUNS';

/** How the run ended. */
export type Outcome = { status: 'COMPLETED'; result: unknown } | { status: 'FAILED'; error: Error } | { status: 'CANCELLED' };

/** A scheduled activity as its command carries it. */
export interface ScheduledActivity {
  type: string;
  id: string;
  input: unknown;
  summary: string | undefined;
  command: ScheduleActivity;
}

/** Milliseconds one workflow task may compute. */
const LONGEST_TASK_MS = 30_000;

/** Milliseconds that a test may take between the start of a timer's time and its command. */
const TEST_TIME_MS = 10_000;

/** A child workflow as its command carries it. */
export interface StartedChild {
  type: string;
  workflowId: string;
  input: unknown;
  command: StartChild;
}

interface PendingUpdate {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

export class WorkflowDriver {
  /** Every activity that was scheduled, in the order of the commands. */
  readonly scheduled: ScheduledActivity[] = [];
  /** Every child workflow that was started, in the order of the commands. */
  readonly children: StartedChild[] = [];
  /** Resolves when the run has closed; rejects when a workflow task failed, which a worker would retry for ever. */
  readonly outcome: Promise<Outcome>;

  readonly #workflow: Workflow;
  readonly #runId: string;
  readonly #activities: Readonly<Record<string, FakeActivity>>;
  readonly #childOutcomes: Record<string, readonly ChildOutcome[]>;
  /** Milliseconds of the timers that have neither fired nor been cancelled, by their number. */
  readonly #timers = new Map<number, number>();
  readonly #running = new Map<number, MockActivityEnvironment>();
  readonly #updates = new Map<string, PendingUpdate>();
  /** Milliseconds by which the workflow's clock is ahead of the test's. */
  #passedMs = 0;
  #jobs: Job[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;
  #close!: (outcome: Outcome) => void;
  #break!: (error: Error) => void;

  private constructor(workflow: Workflow, { activities, children = {} }: DriverOptions, runId: string) {
    this.#workflow = workflow;
    this.#runId = runId;
    this.#childOutcomes = Object.fromEntries(Object.entries(children).map(([type, outcomes]) => [type, [outcomes].flat()]));
    this.#activities = activities as Record<string, FakeActivity>;
    this.outcome = new Promise((resolve, reject) => {
      this.#close = resolve;
      this.#break = reject;
    });
    this.outcome.catch(() => undefined);
  }

  /** Starts a run. Its first task is made in the next turn, together with what is sent before that. */
  static async start(options: DriverOptions): Promise<WorkflowDriver> {
    const { workflowType, workflowId, input, runId = crypto.randomUUID(), originalRunId = runId } = options;
    const startTime = new Date();
    const workflow = await (await workflowCreator()).createWorkflow({
      info: {
        workflowId, runId, workflowType, firstExecutionRunId: originalRunId, originalExecutionRunId: originalRunId,
        taskQueue: 'driver', namespace: 'default', attempt: 1, startTime, runStartTime: startTime, taskTimeoutMs: 10_000,
        searchAttributes: {}, typedSearchAttributes: new TypedSearchAttributes(),
        historyLength: 3, historySize: 300, continueAsNewSuggested: false, targetWorkerDeploymentVersionChanged: false,
        unsafe: { isReplaying: false, isReplayingHistoryEvents: false, now: Date.now, random: createUnsafeRandomSource(Math.random) },
      },
      randomnessSeed: [1, 2, 3, 4, 5, 6, 7, 8], now: startTime.getTime(), showStackTraceSources: false,
    });
    const driver = new WorkflowDriver(workflow, options, runId);
    driver.#send({ initializeWorkflow: { workflowType, workflowId, arguments: [toPayload(input)], firstExecutionRunId: originalRunId, attempt: 1 } });
    return driver;
  }

  /** Sends an update; resolves with its answer, rejects with its failure. */
  async update(name: string): Promise<unknown> {
    const id = crypto.randomUUID();
    const answer = new Promise((resolve, reject) => this.#updates.set(id, { resolve, reject }));
    this.#send({ doUpdate: { id, protocolInstanceId: id, name, input: [], headers: {}, meta: { updateId: id, identity: 'driver' }, runValidator: true } });
    return answer;
  }

  /** Sends a signal. */
  signal(name: string, ...input: unknown[]): void {
    this.#send({ signalWorkflow: { signalName: name, input: input.map(toPayload), identity: 'driver', headers: {} } });
  }

  /** Lets the time of a pending timer pass; there has to be one of that length, give or take the time the test itself took. */
  async pass(milliseconds: number): Promise<void> {
    await this.#turn;
    const timer = [...this.#timers].find(([, length]) => Math.abs(length - milliseconds) <= TEST_TIME_MS);
    if (!timer) throw new Error(`no timer of ${milliseconds} ms is pending, but ${[...this.#timers.values()].join(', ') || 'none'}`);
    this.#fire(timer);
  }

  /** Lets the time of the shortest pending timer pass, once there is one. @returns its milliseconds */
  async passNext(): Promise<number> {
    for (;;) {
      await nextTurn();
      await this.#turn;
      const [timer] = [...this.#timers].toSorted(([, one], [, other]) => one - other);
      if (!timer) continue;
      this.#fire(timer);
      return timer[1];
    }
  }

  #fire([seq, milliseconds]: [number, number]): void {
    this.#timers.delete(seq);
    this.#passedMs += milliseconds;
    this.#send({ fireTimer: { seq } });
  }

  /** Requests the run's cancellation, as the Web UI does. */
  cancel(): void {
    this.#send({ cancelWorkflow: { reason: 'requested by the test' } });
  }

  /** Asks a query, also of a run that has closed. */
  async query<Answer>(queryType: string): Promise<Answer> {
    return this.#inTurn(async () => {
      const [command] = await this.#activate([{ queryWorkflow: { queryId: 'query', queryType, arguments: [] } }]);
      const { succeeded, failed } = command?.respondToQuery ?? {};
      if (!succeeded) throw toError(failed);
      return fromPayload(succeeded.response) as Answer;
    });
  }

  /** The Markdown that the Web UI shows as current details. */
  async currentDetails(): Promise<string> {
    return (await this.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
  }

  /** Frees the sandbox. */
  async dispose(): Promise<void> {
    await this.#turn;
    await this.#workflow.dispose();
  }

  /** Hands a job to the workflow in the next turn; jobs of one turn make one workflow task, in the order they came. */
  #send(job: Job): void {
    this.#jobs.push(job);
    this.#inTurn(async () => {
      await nextTurn();
      const jobs = this.#jobs.splice(0);
      if (this.#closed || jobs.length === 0) return;
      for (const command of await this.#activate(jobs)) this.#obey(command);
    }).catch(this.#break);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #activate(jobs: Job[]): Promise<Command[]> {
    const done = await this.#workflow.activate(coresdk.workflow_activation.WorkflowActivation.fromObject({
      runId: this.#runId, timestamp: msToTs(Date.now() + this.#passedMs), isReplaying: false, historyLength: 3, jobs,
    }));
    if (!done.successful) throw toError(done.failed?.failure);
    return done.successful.commands ?? [];
  }

  #obey(command: Command): void {
    if (command.scheduleActivity) this.#schedule(command.scheduleActivity, command.userMetadata?.summary);
    else if (command.requestCancelActivity) this.#running.get(command.requestCancelActivity.seq ?? 0)?.cancel();
    else if (command.startTimer) this.#timers.set(command.startTimer.seq ?? 0, milliseconds(command.startTimer.startToFireTimeout));
    else if (command.cancelTimer) this.#timers.delete(command.cancelTimer.seq ?? 0);
    else if (command.startChildWorkflowExecution) this.#startChild(command.startChildWorkflowExecution);
    else if (command.updateResponse) this.#answer(command.updateResponse);
    else if (command.completeWorkflowExecution) this.#end({ status: 'COMPLETED', result: fromPayload(command.completeWorkflowExecution.result) });
    else if (command.failWorkflowExecution) this.#end({ status: 'FAILED', error: toError(command.failWorkflowExecution.failure) });
    else if (command.cancelWorkflowExecution) this.#end({ status: 'CANCELLED' });
    else throw new Error(`the driver does not model ${Object.keys(command).join(', ')}`);
  }

  #schedule(command: ScheduleActivity, summary: Payload | null | undefined): void {
    const type = command.activityType ?? '';
    const id = command.activityId ?? '';
    const input = fromPayload(command.arguments?.[0]);
    this.scheduled.push({ type, id, input, summary: summary ? fromPayload(summary) as string : undefined, command });
    const fake = this.#activities[type];
    if (!fake) throw new Error(`the workflow scheduled ${type}, for which the test has no fake`);
    this.#run(command, fake, input).catch(this.#break);
  }

  async #run(command: ScheduleActivity, fake: FakeActivity, input: unknown): Promise<void> {
    const seq = command.seq ?? 0;
    const activityType = command.activityType ?? '';
    const activityId = command.activityId ?? '';
    const environment = new MockActivityEnvironment({ activityId, activityType }, { logger: new DefaultLogger('ERROR') });
    this.#running.set(seq, environment);
    const resolve = (result: coresdk.activity_result.IActivityResolution): void => {
      this.#running.delete(seq);
      this.#send({ resolveActivity: { seq, result } });
    };
    try {
      resolve({ completed: { result: toPayload(await environment.run(fake, input)) } });
    } catch (error) {
      const failure = activityFailure(activityType, activityId, error);
      resolve(error instanceof CancelledFailure ? { cancelled: { failure } } : { failed: { failure } });
    }
  }

  #startChild(command: StartChild): void {
    const seq = command.seq ?? 0;
    const workflowType = command.workflowType ?? '';
    const workflowId = command.workflowId ?? '';
    this.children.push({ type: workflowType, workflowId, input: fromPayload(command.input?.[0]), command });
    const [outcome = 'SUCCEEDS', ...later] = this.#childOutcomes[workflowType] ?? [];
    if (later.length > 0) this.#childOutcomes[workflowType] = later;
    if (outcome === 'BUSY') {
      const cause = coresdk.child_workflow.StartChildWorkflowExecutionFailedCause.START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_EXISTS;
      this.#send({ resolveChildWorkflowExecutionStart: { seq, failed: { workflowId, workflowType, cause } } });
      return;
    }
    this.#send({ resolveChildWorkflowExecutionStart: { seq, succeeded: { runId: crypto.randomUUID() } } });
    if (outcome === 'RUNS') return;
    this.#send({ resolveChildWorkflowExecution: { seq, result: outcome === 'FAILS' ? { failed: { failure: childFailure(workflowType, workflowId) } } : { completed: { result: toPayload(null) } } } });
  }

  #answer({ protocolInstanceId, completed, rejected }: coresdk.workflow_commands.IUpdateResponse): void {
    const update = this.#updates.get(protocolInstanceId ?? '');
    if (completed) update?.resolve(fromPayload(completed));
    if (rejected) update?.reject(toError(rejected));
  }

  #end(outcome: Outcome): void {
    this.#closed = true;
    this.#close(outcome);
  }
}

let creator: Promise<VMWorkflowCreator> | undefined;

/** Compiles the bundle once a process; each run gets a context of its own. The set names local activities, of which there are none. */
const workflowCreator = (): Promise<VMWorkflowCreator> =>
  creator ??= workflowBundle().then(({ code }) => VMWorkflowCreator.create(parseWorkflowCode(code), LONGEST_TASK_MS, new Set()));

const toPayload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value)!;
const fromPayload = (payload: Payload | null | undefined): unknown => payload ? defaultPayloadConverter.fromPayload(payload) : undefined;

const toError = (failure: Failure | null | undefined): Error =>
  failure ? defaultFailureConverter.failureToError(failure, defaultPayloadConverter) : new Error('a failure without a cause');

const milliseconds = (duration: { seconds?: unknown; nanos?: number | null } | null | undefined): number =>
  Number(duration?.seconds ?? 0) * 1000 + (duration?.nanos ?? 0) / 1e6;

/** What the workflow sees of a child that failed. */
const childFailure = (workflowType: string, workflowId: string): Failure => ({
  message: 'Child Workflow execution failed',
  childWorkflowExecutionFailureInfo: { namespace: 'default', workflowType: { name: workflowType }, workflowExecution: { workflowId } },
  cause: { message: 'the child failed', applicationFailureInfo: { nonRetryable: true } },
});

/** What the workflow sees of an activity that threw: Temporal's ActivityFailure round the error. */
const activityFailure = (activityType: string, activityId: string, error: unknown): Failure => ({
  message: 'Activity task failed',
  activityFailureInfo: { activityType: { name: activityType }, activityId, identity: 'driver' },
  cause: defaultFailureConverter.errorToFailure(error, defaultPayloadConverter),
});
