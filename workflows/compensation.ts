import { log } from '@temporalio/workflow';
import { TEARDOWN_STEPS, type Step, type TeardownStep } from '../tenant/steps.ts';
import { failureReason } from './failure-reason.ts';
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
  #return: { step: Step; body: () => Promise<unknown> } | undefined;

  constructor(operation: Compensated) {
    this.#operation = operation;
  }

  /** Registers what takes a phase back, before the phase begins. */
  undoBy(steps: readonly TeardownStep[]): void {
    for (const step of steps) this.#undo.add(step);
  }

  /** Registers what brings back the state before, before anything is changed. */
  returnBy(step: Step, body: () => Promise<unknown>): void {
    this.#return = { step, body };
  }

  /** Takes back what was registered, in the one safe order, as far as it goes. @returns why that is incomplete, if it is */
  async takeBack(): Promise<string | undefined> {
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

  /** Brings back the state before, where that was registered. @returns why that failed, if it did */
  async giveBack(): Promise<string | undefined> {
    if (!this.#return) return undefined;
    const { step, body } = this.#return;
    return this.#operation.perform(step, body).then(() => undefined, failureReason);
  }
}
