import { condition, defineSignal, log, setHandler } from '@temporalio/workflow';
import { CANCEL_DELETION_SIGNAL, CONFIRM_DELETION_SIGNAL, confirmationOf, MAKE_ROOM_SIGNAL, type Confirmation } from '../tenant/deletion.ts';

/** The customer's choice of a signal: a code, or a `Confirmation`. Anything else is ignored. */
export const confirmDeletionSignal = defineSignal<[unknown]>(CONFIRM_DELETION_SIGNAL);
export const cancelDeletionSignal = defineSignal<[unknown?]>(CANCEL_DELETION_SIGNAL);
export const makeRoomSignal = defineSignal<[unknown?]>(MAKE_ROOM_SIGNAL);

/** Next thing a waiting deletion learns. */
export type DeletionMessage = { kind: 'CONFIRMATION'; confirmation: Confirmation } | { kind: 'CALL_OFF' } | { kind: 'TIME_IS_UP' };

/** What is sent to a waiting deletion, in the order it came. Handlers never throw: that would fail the workflow task for ever. */
export class DeletionMessages {
  readonly #confirmations: Confirmation[] = [];
  #calledOff = false;
  #makesRoom = false;

  constructor() {
    setHandler(confirmDeletionSignal, (argument) => {
      const confirmation = confirmationOf(argument);
      if (confirmation) this.#confirmations.push(confirmation);
      else log.warn('a confirmation without a code was ignored');
    });
    setHandler(cancelDeletionSignal, () => { this.#calledOff = true; });
    setHandler(makeRoomSignal, () => { this.#makesRoom = true; });
  }

  /** Waits for the next message; a call-off goes before everything, and no confirmation is left unread when the time is up. */
  async next(timeIsUp: () => boolean): Promise<DeletionMessage> {
    await condition(() => this.#calledOff || this.#confirmations.length > 0 || timeIsUp());
    if (this.#calledOff) return { kind: 'CALL_OFF' };
    const confirmation = this.#confirmations.shift();
    return confirmation ? { kind: 'CONFIRMATION', confirmation } : { kind: 'TIME_IS_UP' };
  }

  /** Waits for a call-off. @returns whether it came within the time */
  async calledOffWithin(milliseconds: number): Promise<boolean> {
    return this.#calledOff || (milliseconds > 0 && condition(() => this.#calledOff, milliseconds));
  }

  /** Waits for a call-off. @returns whether it came before the event */
  async calledOffBefore(event: Promise<unknown>): Promise<boolean> {
    await Promise.race([event, condition(() => this.#calledOff)]);
    return this.#calledOff;
  }

  /** Forgets that room was asked for. Before the wait's own request has ended, that was meant for an earlier wait of the tenant. */
  forgetRoom(): void {
    this.#makesRoom = false;
  }

  /** Waits for a new request, for which the wait is in the way once its own has ended. @returns whether it came within the time */
  makesRoomWithin(milliseconds: number): Promise<boolean> {
    return condition(() => this.#makesRoom, milliseconds);
  }

  /** Waits for a new request. @returns the event's result, undefined when the request came first */
  beforeMakingRoom<Result>(event: Promise<Result>): Promise<Result | undefined> {
    return Promise.race([event, condition(() => this.#makesRoom).then(() => undefined)]);
  }
}
