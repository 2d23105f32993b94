import { CancellationScope, defineSignal, log, setHandler } from '@temporalio/workflow';
import { ABANDON_COMPENSATION_SIGNAL } from '../tenant/operations.ts';
import type { Step } from '../tenant/steps.ts';
import { failureReason, failureType } from './failure-reason.ts';

/** One part of a living tenant, and how to restore it. */
export interface Part {
  name: string;
  restore: () => Promise<unknown>;
}

/** Parts that could not be restored, each with the reason. */
export type Unrestored = Readonly<Record<string, string>>;

/** Signal by which an operator or the API abandons a compensation that takes too long. */
const abandonSignal = defineSignal(ABANDON_COMPENSATION_SIGNAL);

/** Milliseconds after the beginning in which a cancel was meant for the operation, not for its compensation. */
const CANCEL_GRACE_MS = 10_000;

/** Restores a living tenant after an unsuccessful operation. */
export class Restoration {
  readonly step: Step;
  readonly #parts: readonly Part[];
  readonly #reached = new Set<string>();
  #scope: CancellationScope | undefined;
  #beganAt = 0;

  /** @param parts in the order in which they are restored */
  constructor(step: Step, parts: readonly Part[]) {
    this.step = step;
    this.#parts = parts;
    setHandler(abandonSignal, () => this.#scope?.cancel());
  }

  /** Records that the operation is about to change a part. */
  reach(name: string): void {
    this.#reached.add(name);
  }

  /**
   * Ends the compensation at a cancel; unrestored parts stay. An early cancel does not count, because its sender may not have seen a
   * compensation.
   */
  cancel(): void {
    if (this.#scope && Date.now() - this.#beganAt >= CANCEL_GRACE_MS) this.#scope.cancel();
  }

  /**
   * Restores every part that the operation may have changed, each independently of the others. Other parts stay untouched.
   * @param isContinuation whether the operation has earlier runs, which may have reached more parts
   */
  async run(isContinuation: () => Promise<boolean>): Promise<Unrestored> {
    this.#beganAt = Date.now();
    const scope = this.#scope = new CancellationScope();
    const all = await scope.run(isContinuation).catch(() => true);
    const unrestored: Record<string, string> = {};
    for (const { name, restore } of this.#parts.filter((part) => all || this.#reached.has(part.name))) {
      try {
        await scope.run(restore);
      } catch (error) {
        unrestored[name] = scope.consideredCancelled ? 'abandoned' : failureReason(error);
        if (failureType(error) === 'SUPERSEDED') break;
      }
    }
    if (Object.keys(unrestored).length > 0) log.warn('could not restore everything', { unrestored });
    return unrestored;
  }
}
