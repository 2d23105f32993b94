import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, CancelledFailure, isCancellation, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import type {
  CloseDeletionRequestInput, ConfirmationVerdict, DeletionRequest, DeletionRequestInput, DeletionWaitResult, OpenedDeletionRequest,
} from '../tenant/deletion.ts';
import { activitiesFor, FIRST_LIMITS } from './activity-proxies.ts';
import { DeletionMessages } from './deletion-messages.ts';
import { asRunFailure } from './failure-reason.ts';
import { runOperation, startOperation } from './tenant-children.ts';

/**
 * Wait for the confirmation of a tenant's deletion, under an id of its own, so that it blocks nothing; then start the deletion. A wrong
 * code, one that comes too late, a call-off and a cancel leave the tenant untouched.
 */
export async function awaitDeletionConfirmation(request: DeletionRequest): Promise<DeletionWaitResult> {
  const messages = new DeletionMessages();
  const wait = new DeletionWait(request);
  try {
    const opened = await wait.open();
    const accepted = await wait.confirm(messages, opened);
    if (!('outcome' in accepted)) return accepted;
    if (opened.gracePeriodMinutes > 0 && await wait.isCalledOffInGrace(messages, opened, accepted)) return await wait.close('CALLED_OFF');
    return await wait.startDeletion();
  } catch (error) {
    if (!isCancellation(error)) throw asRunFailure(error);
    await CancellationScope.nonCancellable(() => wait.close('CALLED_OFF'));
    throw new CancelledFailure('called off');
  }
}

/** One wait: its request on record, and what the Web UI tells about it. */
class DeletionWait {
  readonly #input: DeletionRequestInput;
  #limits = FIRST_LIMITS;
  #suspended = false;

  constructor(request: DeletionRequest) {
    this.#input = { ...request, kind: 'DELETION', originalRunId: workflowInfo().originalExecutionRunId };
  }

  async open(): Promise<OpenedDeletionRequest> {
    const opened = await this.#activities('request', 'Record the request and send the code').openDeletionRequest(this.#input);
    this.#limits = { ...FIRST_LIMITS, heartbeatTimeoutSeconds: opened.heartbeatTimeoutSeconds };
    return opened;
  }

  /** Takes codes until the deletion is confirmed, called off, or out of time or tries. */
  async confirm(messages: DeletionMessages, { confirmationSeconds, tries }: OpenedDeletionRequest): Promise<ConfirmationVerdict | DeletionWaitResult> {
    let timeIsUp = false;
    const until = new Date(Date.now() + confirmationSeconds * 1000).toISOString();
    const timer = new CancellationScope();
    timer.run(() => sleep(confirmationSeconds * 1000)).then(() => { timeIsUp = true; }, () => undefined);
    show(`Waiting for the confirmation code until ${until}; ${tries} tries left.`);
    for (let number = 1; ; number += 1) {
      const message = await messages.next(() => timeIsUp);
      if (message.kind === 'CALL_OFF') return this.close('CALLED_OFF');
      if (message.kind === 'TIME_IS_UP') return this.close('EXPIRED');
      const verdict = await this.#activities(`check:${number}`, `Check confirmation ${number}`)
        .checkConfirmation({ ...this.#input, number, confirmation: message.confirmation });
      show(`${verdict.outcome}. Waiting for the confirmation code until ${until}; ${verdict.triesLeft} tries left.`);
      if (verdict.outcome === 'ACCEPTED') {
        timer.cancel();
        return verdict;
      }
      if (verdict.outcome === 'CLOSED') return this.close('EXPIRED');
      if (verdict.triesLeft === 0) return { result: 'TRIES_EXHAUSTED' };
    }
  }

  /** Lets the grace period pass, with the tenant suspended where it can be; called off, the tenant gets back what it had. */
  async isCalledOffInGrace(messages: DeletionMessages, { gracePeriodMinutes }: OpenedDeletionRequest, { suspendable }: ConfirmationVerdict): Promise<boolean> {
    const until = new Date(Date.now() + gracePeriodMinutes * 60_000).toISOString();
    if (suspendable) this.#suspended = await runOperation('SUSPENSION', this.#input);
    show(`Confirmed. The deletion begins at ${until} unless it is called off${this.#suspended ? '; the tenant is suspended' : ''}.`);
    return messages.calledOffWithin(gracePeriodMinutes * 60_000);
  }

  /** Starts the deletion and waits until it has begun. REFUSED, naming it, when another operation is at work. */
  async startDeletion(): Promise<DeletionWaitResult> {
    try {
      await CancellationScope.nonCancellable(() => startOperation('DELETION', this.#input));
      show('Confirmed. The deletion has begun.');
      return { result: 'CONFIRMED' };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      return this.close('REFUSED');
    }
  }

  async close(state: CloseDeletionRequestInput['state']): Promise<DeletionWaitResult> {
    const closed = await this.#activities('close', 'Record that the tenant stays').closeDeletionRequest({ ...this.#input, state });
    if (this.#suspended) await runOperation('REACTIVATION', this.#input);
    show(`${state}. The tenant stays as it was.`);
    return closed;
  }

  #activities(id: string, summary: string) {
    return activitiesFor({ id, summary, limits: this.#limits });
  }
}

/** What the Web UI shows as current details. */
const show = (sentence: string): void => setCurrentDetails(sentence);
