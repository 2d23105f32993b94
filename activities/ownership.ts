import { activityInfo, Context } from '@temporalio/activity';
import { TenantError } from '../tenant/errors.ts';

/** Milliseconds after which the database is asked again whether the attempt is still the newest. */
const ADMISSION_MS = 1_500;

/** Milliseconds for one proof of ownership. */
const PROOF_LIMIT_MS = 5_000;

/** Milliseconds between two tries to renew a proof. */
const RENEWAL_MS = 500;

/** Milliseconds before Temporal may hand the activity to another worker at which this one stops: a call that is under way has to end. */
const MARGIN_MS = 500;

/** The attempt can no longer prove that the activity is its own. Not a failure of the step: Temporal has, or soon will have, another attempt. */
export class OwnershipLost extends TenantError {
  constructor(why: string) {
    super('UNAVAILABLE', `this attempt changes nothing more: ${why}`);
  }
}

/**
 * Proves, around every call that changes an outside system, that the running attempt still owns its activity. Temporal hands an activity on
 * when it has seen no heartbeat for the heartbeat timeout, so an attempt acts only within that time of its last acknowledged one. Temporal's
 * own library stops an attempt later than the server hands it on, hence this clock.
 */
export class Ownership {
  readonly #timeoutMs = activityInfo().heartbeatTimeoutMs ?? 0;
  readonly #lost = new AbortController();
  readonly #isCurrent: () => Promise<void>;
  /** When the last acknowledged heartbeat was sent, by the clock of `performance.now`; at first, when the attempt was scheduled. */
  #provenAt = performance.now() - Math.max(0, Date.now() - activityInfo().currentAttemptScheduledTimestampMs);
  #admittedAt = performance.now();
  #proof: Promise<void> | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #calls = 0;

  /** @param isCurrent rejects when the attempt has a successor, of its own run or of another */
  constructor(isCurrent: () => Promise<void>) {
    this.#isCurrent = isCurrent;
  }

  /** Runs a call while the attempt owns its activity; see `CallContext.whileOwner`. */
  async run<T>(cancelled: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    await this.#prove();
    this.#calls += 1;
    this.#watch();
    try {
      return await call(AbortSignal.any([cancelled, this.#lost.signal]));
    } finally {
      this.#calls -= 1;
      if (this.#calls === 0) this.#rest();
    }
  }

  /** A proof under way serves every call that asks for one. */
  #prove(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    return this.#proof ??= this.#renew().finally(() => { this.#proof = undefined; });
  }

  async #renew(): Promise<void> {
    if (this.#timeoutMs > 0 && performance.now() - this.#provenAt > this.#timeoutMs / 2) await this.#beat();
    if (performance.now() - this.#admittedAt < ADMISSION_MS) return;
    const askedAt = performance.now();
    await this.#isCurrent();
    this.#admittedAt = askedAt;
  }

  /** A heartbeat that is acknowledged, which those of Temporal's library are not. */
  async #beat(): Promise<void> {
    const { taskToken, namespace } = activityInfo();
    const { client } = Context.current();
    const sentAt = performance.now();
    await client.connection.withDeadline(Date.now() + PROOF_LIMIT_MS, () =>
      client.workflowService.recordActivityTaskHeartbeat({ namespace, taskToken, identity: client.options.identity })).catch((error: unknown) => {
      throw new OwnershipLost(`Temporal does not acknowledge its heartbeat (${error instanceof Error ? error.message : String(error)})`);
    });
    this.#provenAt = sentAt;
  }

  /** While calls are under way: aborts them when the last proof has run out, and renews it before that. */
  #watch(): void {
    this.#rest();
    if (this.#timeoutMs === 0) return;
    const leftMs = this.#provenAt + this.#timeoutMs - MARGIN_MS - performance.now();
    this.#expiry = setTimeout(() => this.#lost.abort(new OwnershipLost('no heartbeat was acknowledged in time')), Math.max(0, leftMs)).unref();
    this.#renewal = setTimeout(() => void this.#keep(), Math.max(RENEWAL_MS, leftMs - this.#timeoutMs / 2)).unref();
  }

  /** A heartbeat that is not acknowledged is tried again until the proof runs out; a successor ends the calls at once. */
  async #keep(): Promise<void> {
    try {
      await this.#prove();
      if (this.#calls > 0) this.#watch();
    } catch (error) {
      if (!(error instanceof OwnershipLost) && error instanceof TenantError) return this.#lost.abort(error);
      if (this.#calls > 0) this.#renewal = setTimeout(() => void this.#keep(), RENEWAL_MS).unref();
    }
  }

  #rest(): void {
    clearTimeout(this.#expiry);
    clearTimeout(this.#renewal);
  }
}
