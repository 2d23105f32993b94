import { log } from '@temporalio/workflow';
import { TEARDOWN_STEPS, type Step, type TeardownStep } from '../tenant/steps.ts';
import { failureReason } from './failure-reason.ts';
import { Restoration, type Part, type Unrestored } from './restoration.ts';
import { tearDown } from './teardown.ts';

/** What a compensation asks of its operation. */
export interface Compensated {
  /** Performs a step and shows it in the checklist. */
  perform: (step: Step, body: () => Promise<unknown>) => Promise<unknown>;
  /** Removes part of the tenant. */
  remove: (step: TeardownStep) => Promise<unknown>;
  /** Whether the operation has earlier runs, which may have made what this one never began. */
  isContinuation: () => Promise<boolean>;
}

/** What an operation does to leave nothing half done: takes back a creation, or returns a tenant that lives to its state before. */
export class Compensation {
  readonly #operation: Compensated;
  readonly #undo = new Set<TeardownStep>();
  #restoration: Restoration | undefined;

  constructor(operation: Compensated) {
    this.#operation = operation;
  }

  /** Registers what takes a phase back, before the phase begins. */
  undoBy(steps: readonly TeardownStep[]): void {
    for (const step of steps) this.#undo.add(step);
  }

  /** Registers how to restore the previous state, before any change. */
  restoreBy(step: Step, parts: readonly Part[]): Restoration {
    return this.#restoration = new Restoration(step, parts);
  }

  /** Undoes the registered steps in the one safe order, as far as possible. @returns the reason if the undo is incomplete */
  async undo(): Promise<string | undefined> {
    try {
      // Also where a reset has this run believe that it is the first.
      if (await this.#operation.isContinuation()) this.undoBy(TEARDOWN_STEPS);
      const steps = TEARDOWN_STEPS.filter((candidate) => this.#undo.has(candidate));
      await tearDown(steps, (step) => this.#operation.perform(step, () => this.#operation.remove(step)), () => false);
      return undefined;
    } catch (error) {
      const problem = failureReason(error);
      log.warn('could not undo everything', { reason: problem });
      return problem;
    }
  }

  /**
   * Restores the previous state if registered; a cancel ends it. @returns parts that could not be restored; undefined without a
   * registration
   */
  async restore(cancelRequested: Promise<never> | undefined): Promise<Unrestored | undefined> {
    const restoration = this.#restoration;
    if (!restoration) return undefined;
    cancelRequested?.catch(() => restoration.cancel());
    let unrestored: Unrestored = {};
    await this.#operation.perform(restoration.step, async () => {
      unrestored = await restoration.run(this.#operation.isContinuation);
      if (Object.keys(unrestored).length > 0) throw new Error('it is incomplete');
    }).catch(() => undefined);
    return unrestored;
  }
}
