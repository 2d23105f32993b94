import { CancellationScope, defineSignal, log, setHandler } from '@temporalio/workflow';
import { ABANDON_COMPENSATION_SIGNAL } from '../tenant/operations.ts';
import type { Step } from '../tenant/steps.ts';
import { failureReason, failureType } from './failure-reason.ts';

/** One part of a living tenant, and what restores its state before the operation. */
export interface Part {
  name: string;
  restore: () => Promise<unknown>;
}

/** Parts that could not be restored, each with the reason. */
export type Unrestored = Readonly<Record<string, string>>;

/** By which an operator, or the API for one, ends a compensation that takes too long. */
const abandonSignal = defineSignal(ABANDON_COMPENSATION_SIGNAL);

/** Milliseconds after the beginning in which a cancel was meant for the operation itself. */
const CANCEL_GRACE_MS = 10_000;

/** Restores the state of a living tenant before an operation that did not succeed. */
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

  /** Notes that the operation is about to change a part. */
  reach(name: string): void {
    this.#reached.add(name);
  }

  /** Ends it; what is not restored by then stays. For a cancel, which may have been sent before the one who sent it saw a compensation. */
  cancel(): void {
    if (this.#scope && Date.now() - this.#beganAt >= CANCEL_GRACE_MS) this.#scope.cancel();
  }

  /**
   * Restores every part that the operation may have changed, each whatever becomes of the others. Parts that it never reached are not touched.
   * @param isContinuation whether the operation has earlier runs, which may have reached parts that this one did not
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
