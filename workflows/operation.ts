import { allHandlersFinished, CancellationScope, CancelledFailure, condition, workflowInfo, type ActivityInterfaceFor } from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import type { OperationKind } from '../tenant/lifecycle.ts';
import { parseOperationRequest } from '../tenant/operation-request.ts';
import type { Admitted, OperationInput, OperationRequest } from '../tenant/operations.ts';
import { TEARDOWN_STEPS, type Step, type TeardownStep } from '../tenant/steps.ts';
import { activitiesFor, FIRST_LIMITS, stepActivities, type StepActivityOptions, type WorkerLimits } from './activity-proxies.ts';
import { Checklist } from './checklist.ts';
import { closeUnsuccessful } from './closing.ts';
import { Compensation } from './compensation.ts';
import { asRunFailure } from './failure-reason.ts';
import type { Part, Restoration } from './restoration.ts';
import { runInput } from './run-input.ts';
import { TEARDOWN, tearDown } from './teardown.ts';

export interface PhaseOptions {
  /** Teardown steps that take back what the phase makes; registered before it runs. */
  undo?: readonly TeardownStep[];
  /** Once begun, this phase and all that follow are finished, whoever cancels. */
  pointOfNoReturn?: boolean;
}

/** One run of one operation on a tenant: its steps, what is already done, what to undo, and how it ends. */
export class Operation {
  readonly input: OperationInput;
  readonly #checklist: Checklist;
  readonly #compensation = new Compensation({
    perform: (step, body) => this.#perform(step, body),
    remove: (step) => this.#remove(step),
    isContinuation: async () => (await this.#admit()).isContinuation,
  });
  #completed: ReadonlySet<string> = new Set();
  #committed = false;
  #limits: WorkerLimits = FIRST_LIMITS;

  constructor(kind: OperationKind, request: OperationRequest, steps: readonly Step[]) {
    const { tenantId, slug, actor, requestId } = runInput(parseOperationRequest(kind, request));
    this.input = { tenantId, slug, actor, ...(requestId !== undefined && { requestId }), kind, originalRunId: workflowInfo().originalExecutionRunId };
    this.#checklist = new Checklist(steps);
  }

  /** Admits the run before anything else, whatever cancel comes; the next step obeys it. For operations without a first step of their own. */
  async begin(): Promise<void> {
    this.resume(await CancellationScope.nonCancellable(() => this.#admit()));
  }

  /** Takes over the first activity's result: completed steps, the point of no return, and the worker's limits. */
  resume({ completed, committed, heartbeatTimeoutSeconds, longestWaitSeconds }: Admitted): void {
    this.#completed = new Set(completed);
    this.#committed ||= committed;
    this.#limits = { heartbeatTimeoutSeconds, longestWaitSeconds };
  }

  /** Runs the body and closes the operation's books if it does not succeed: undo after a cancel, the reason in the projection, a red run. */
  async run<Result>(body: () => Promise<Result>): Promise<Result> {
    try {
      return await body();
    } catch (error) {
      const cancelled = this.#isCancelled();
      const { cancelRequested } = CancellationScope.current();
      const end = { error, cancelled, cancelRequested, committed: this.#committed, compensation: this.#compensation, limits: this.#limits };
      await CancellationScope.nonCancellable(() => closeUnsuccessful(this.input, end));
      throw cancelled ? new CancelledFailure('cancelled') : asRunFailure(error);
    } finally {
      await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    }
  }

  /** The first step, which admits the run: begun and finished whatever cancel comes, which the next step obeys. */
  async first<Result>(step: Step, body: () => Promise<Result>): Promise<Result> {
    return this.#perform(step, () => CancellationScope.nonCancellable(body));
  }

  /** One step: skipped if an earlier run completed it, shown in the checklist, and not begun once a cancel has come. A cancel after the last is too late. */
  async phase<Result>(step: Step, body: () => Promise<Result>, { undo = [], pointOfNoReturn = false }: PhaseOptions = {}): Promise<Result | undefined> {
    if (this.#completed.has(step)) {
      this.#checklist.mark(step, 'SKIPPED');
      return undefined;
    }
    this.#throwIfCancelled();
    this.#compensation.undoBy(undo);
    this.#committed ||= pointOfNoReturn;
    return this.#perform(step, () => this.#committed ? CancellationScope.nonCancellable(body) : body());
  }

  /** From here on every step is finished, whoever cancels. */
  commit(): void {
    this.#committed = true;
  }

  /** Whether an earlier run completed the step. */
  isCompleted(step: Step): boolean {
    return this.#completed.has(step);
  }

  /** Has steps that an earlier run completed done once more. */
  repeat(steps: readonly Step[]): void {
    this.#completed = new Set([...this.#completed].filter((step) => !(steps as readonly string[]).includes(step)));
  }

  /**
   * Registers how to restore the previous state of a living tenant. It runs when a step fails or the operation is cancelled before the
   * point of no return; a cancel does not stop it. The workflow calls `reach` of the result for each part before the part changes.
   */
  restoreBy(step: Step, parts: readonly Part[]): Restoration {
    this.#throwIfCancelled();
    return this.#compensation.restoreBy(step, parts);
  }

  /** The activities of a step, named and described for the Web UI. */
  activities(step: Step, options: StepActivityOptions = {}): ActivityInterfaceFor<Activities> {
    return stepActivities(step, options, this.#limits);
  }

  /** Removes the tenant, in the one safe order; what an earlier run of the operation removed is not looked at again. */
  async teardown(): Promise<void> {
    await tearDown(TEARDOWN_STEPS, (step) => this.phase(step, () => this.#remove(step)), () => this.#isCancelled());
  }

  #remove(step: TeardownStep): Promise<unknown> {
    return TEARDOWN[step](this.activities(step, { pace: 'waiting' }), this.input);
  }

  #admit(): Promise<Admitted> {
    return activitiesFor({ id: 'begin', summary: 'Admit the operation', limits: this.#limits }).beginOperation(this.input);
  }

  async #perform<Result>(step: Step, body: () => Promise<Result>): Promise<Result> {
    this.#checklist.mark(step, 'RUNNING');
    try {
      const result = await body();
      this.#checklist.mark(step, 'COMPLETED');
      return result;
    } catch (error) {
      this.#checklist.mark(step, this.#isCancelled() ? 'CANCELLED' : 'FAILED');
      throw error;
    }
  }

  /** Whether a cancel is to be obeyed. The scope tells: a cancelled activity that then fails or times out is no CancelledFailure. */
  #isCancelled(): boolean {
    return CancellationScope.current().consideredCancelled && !this.#committed;
  }

  #throwIfCancelled(): void {
    if (this.#isCancelled()) throw new CancelledFailure('cancelled');
  }
}
