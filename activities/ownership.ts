import { activityInfo, Context } from '@temporalio/activity';
import { TenantError } from '../tenant/errors.ts';

/** Milliseconds after which an admission in the database has to be renewed. */
const ADMISSION_MS = 1_500;

/** Milliseconds for one proof of ownership. */
const PROOF_LIMIT_MS = 5_000;

/** Milliseconds between two tries to renew a proof. */
const RENEWAL_MS = 500;

/** Milliseconds by which this attempt stops before Temporal may start another one. A call in progress has to end within them. */
const MARGIN_MS = 500;

/** The attempt can no longer prove ownership of its activity. The step has not failed: Temporal has another attempt, or soon will. */
export class OwnershipLost extends TenantError {
  constructor(why: string) {
    super('UNAVAILABLE', `this attempt no longer owns its activity: ${why}`);
  }
}

/**
 * Proves, around every call that changes an outside system, that the running attempt still owns its activity. Temporal starts another
 * attempt when it has seen no heartbeat for the heartbeat timeout. So an attempt acts only within that time of its last acknowledged
 * heartbeat. Temporal's library stops an attempt later than that, hence this clock.
 */
export class Ownership {
  readonly #timeoutMs = activityInfo().heartbeatTimeoutMs ?? 0;
  readonly #lost = new AbortController();
  readonly #isCurrent: () => Promise<void>;
  /** When the last acknowledged heartbeat was sent, by `performance.now`; initially, when the attempt was scheduled. */
  #provenAt = performance.now() - Math.max(0, Date.now() - activityInfo().currentAttemptScheduledTimestampMs);
  #admittedAt = performance.now();
  #proof: Promise<void> | undefined;
  #expiry: NodeJS.Timeout | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #calls = 0;

  /** @param isCurrent rejects when the attempt has a successor, in this run or another */
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

  /** All concurrent callers share a proof in progress. */
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

  /** Sends an acknowledged heartbeat; those of Temporal's library are not acknowledged. */
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

  /** Runs while calls are in progress. Renews the proof, and aborts the calls when the last proof expires. */
  #watch(): void {
    this.#rest();
    if (this.#timeoutMs === 0) return;
    const leftMs = this.#provenAt + this.#timeoutMs - MARGIN_MS - performance.now();
    this.#expiry = setTimeout(() => this.#lost.abort(new OwnershipLost('no heartbeat was acknowledged in time')), Math.max(0, leftMs)).unref();
    this.#renewal = setTimeout(() => void this.#keep(), Math.max(RENEWAL_MS, leftMs - this.#timeoutMs / 2)).unref();
  }

  /** Retries an unacknowledged heartbeat until the proof expires. A successor ends the calls at once. */
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
