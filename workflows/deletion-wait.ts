import { CancellationScope, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import {
  WAIT_RESET, type CloseDeletionRequestInput, type ConfirmationVerdict, type DeletionRequest, type DeletionRequestInput, type DeletionWaitResult,
  type OpenedDeletionRequest,
} from '../tenant/deletion.ts';
import { activitiesFor, FIRST_LIMITS } from './activity-proxies.ts';
import { DeletionMessages } from './deletion-messages.ts';
import { startOperation, type StartedOperation } from './tenant-children.ts';

const A_MINUTE = 60_000;
/** Milliseconds for which the wait tries to reactivate a suspended tenant, and the longest pause between two tries. */
const GIVING_BACK_MS = 24 * 60 * A_MINUTE;
const LONGEST_PAUSE_MS = 10 * A_MINUTE;

/** One wait: its recorded request, and its details in the Web UI. */
export class DeletionWait {
  readonly #input: DeletionRequestInput;
  readonly #messages = new DeletionMessages();
  readonly #sending = new CancellationScope();
  #limits = FIRST_LIMITS;
  #suspension: StartedOperation | undefined;
  #hasEnded = false;

  constructor(request: DeletionRequest) {
    this.#input = { ...request, kind: 'DELETION', originalRunId: workflowInfo().originalExecutionRunId };
  }

  /** Records the request. The code is sent concurrently: a call-off or the deadline may come before the code is out. */
  async open(): Promise<OpenedDeletionRequest> {
    const opened = await this.#activities('request', 'Record the request').openDeletionRequest(this.#input);
    this.#limits = { ...FIRST_LIMITS, heartbeatTimeoutSeconds: opened.heartbeatTimeoutSeconds };
    this.#sending.run(() => this.#activities('code', 'Send the code').sendDeletionCode(this.#input)).catch(() => undefined);
    return opened;
  }

  /** Accepts codes until the deletion is confirmed or called off, or until time or tries run out. */
  async confirm({ confirmationSeconds, tries }: OpenedDeletionRequest): Promise<ConfirmationVerdict | DeletionWaitResult> {
    let timeIsUp = false;
    const until = timeIn(confirmationSeconds * 1000);
    const timer = new CancellationScope();
    timer.run(() => sleep(confirmationSeconds * 1000)).then(() => { timeIsUp = true; }, () => undefined);
    show(`Waiting for the confirmation code until ${until}; ${tries} tries left.`);
    for (let number = 1; ; number += 1) {
      const message = await this.#messages.next(() => timeIsUp);
      if (message.kind === 'CALL_OFF') return this.end({ state: 'CALLED_OFF' });
      if (message.kind === 'TIME_IS_UP') return this.end({ state: 'EXPIRED' });
      const verdict = await this.#activities(`check:${number}`, `Check confirmation ${number}`)
        .checkConfirmation({ ...this.#input, number, confirmation: message.confirmation });
      show(`${verdict.outcome}. Waiting for the confirmation code until ${until}; ${verdict.triesLeft} tries left.`);
      if (verdict.outcome === 'ACCEPTED') {
        timer.cancel();
        this.#sending.cancel();
        return verdict;
      }
      if (verdict.outcome === 'CLOSED') return this.end(verdict.reason === 'CONFIRMED' ? { state: 'REFUSED', reason: WAIT_RESET } : { state: 'EXPIRED' });
      if (verdict.triesLeft === 0) return { result: 'TRIES_EXHAUSTED' };
    }
  }

  /**
   * Waits for the end of the grace period, with the tenant suspended if possible. @returns the request's end, undefined when the deletion
   * is due
   */
  async passGracePeriod({ gracePeriodMinutes }: OpenedDeletionRequest, { suspendable }: ConfirmationVerdict): Promise<DeletionWaitResult | undefined> {
    const end = Date.now() + gracePeriodMinutes * A_MINUTE;
    const tell = (addition: string) => show(`Confirmed. The deletion begins at ${new Date(end).toISOString()} unless it is called off${addition}.`);
    tell('');
    if (suspendable) this.#suspension = await startOperation('SUSPENSION', this.#input, (milliseconds) => this.#messages.calledOffWithin(milliseconds));
    this.#suspension?.succeeds.then((isSuspended) => { if (isSuspended && !this.#hasEnded) tell('; the tenant is suspended'); }, () => undefined);
    const isCalledOff = await this.#messages.calledOffWithin(end - Date.now()) || await this.#messages.calledOffBefore(this.#suspension?.succeeds ?? Promise.resolve());
    if (isCalledOff) return this.end({ state: 'CALLED_OFF' });
    const { departure } = await this.#inspect('inspect', 'Look whether the tenant is as it was confirmed');
    return departure === null ? undefined : this.end({ state: 'REFUSED', reason: departure });
  }

  /** Starts the deletion and waits until it has begun. REFUSED, naming the operation, while another operation is in progress. */
  async startDeletion(): Promise<DeletionWaitResult> {
    const isCalledOff = (milliseconds: number) => this.#messages.calledOffWithin(milliseconds);
    if (await startOperation('DELETION', this.#input, isCalledOff)) {
      show('Confirmed. The deletion has begun.');
      return { result: 'CONFIRMED' };
    }
    return this.end({ state: await isCalledOff(0) ? 'CALLED_OFF' : 'REFUSED' });
  }

  /** Ends the request, so that a reactivation is legal, and restores the tenant. */
  end(end: Pick<CloseDeletionRequestInput, 'state' | 'reason'>): Promise<DeletionWaitResult> {
    return CancellationScope.nonCancellable(async () => {
      this.#hasEnded = true;
      this.#sending.cancel();
      this.#messages.forgetRoom();
      const closed = await this.#close('close', end);
      if (closed.result === 'CONFIRMED') {
        show('Confirmed. The deletion has begun.');
        return closed;
      }
      show(`${closed.result}. The tenant is given back what it had.`);
      const kept = await this.#giveBack();
      if (kept === undefined) {
        show(`${closed.result}. The tenant is unchanged.`);
        return closed;
      }
      show(`${closed.result}. ${kept}.`);
      return this.#close('close:suspended', { state: end.state, reason: closed.reason ?? kept });
    });
  }

  /** Reactivates the tenant if the wait suspended it, however often it takes. @returns why it is still suspended, undefined when it is not */
  async #giveBack(): Promise<string | undefined> {
    const { runId, originalExecutionRunId } = workflowInfo();
    // A run that was reset may have suspended the tenant before.
    if (!this.#suspension && runId === originalExecutionRunId) return undefined;
    const madeRoom = 'the tenant was not reactivated: its deletion was requested anew';
    // What is being suspended is suspended to its end first.
    if (this.#suspension && await this.#messages.beforeMakingRoom(this.#suspension.succeeds) === undefined) return madeRoom;
    const end = Date.now() + GIVING_BACK_MS;
    for (let number = 1; ; number += 1) {
      const { suspendedByWait } = await this.#inspect(`inspect:${number}`, 'Look whether the tenant is to be reactivated');
      if (!suspendedByWait) return undefined;
      const reactivation = await startOperation('REACTIVATION', this.#input, (milliseconds) => this.#messages.makesRoomWithin(milliseconds));
      const isActive = reactivation ? await this.#messages.beforeMakingRoom(reactivation.succeeds) : false;
      if (isActive) return undefined;
      const pause = Math.min(LONGEST_PAUSE_MS, A_MINUTE * 2 ** (number - 1));
      if (isActive === undefined || await this.#messages.makesRoomWithin(pause)) return madeRoom;
      if (Date.now() >= end) return 'the tenant could not be reactivated within a day';
    }
  }

  #inspect(id: string, summary: string) {
    return this.#activities(id, summary).inspectConfirmedTenant({ ...this.#input, ...(this.#suspension && { suspensionRunId: this.#suspension.runId }) });
  }

  #close(id: string, end: Pick<CloseDeletionRequestInput, 'state' | 'reason'>): Promise<DeletionWaitResult> {
    return this.#activities(id, 'Record that the tenant stays').closeDeletionRequest({ ...this.#input, ...end });
  }

  #activities(id: string, summary: string) {
    return activitiesFor({ id, summary, limits: this.#limits });
  }
}

/** Sets the current details in the Web UI. */
const show = (sentence: string): void => setCurrentDetails(sentence);

const timeIn = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();
