import { AsyncLocalStorage } from 'node:async_hooks';

/** What every outside call of one activity shares. */
export interface CallContext {
  /** Aborts when the activity is cancelled, paused, timed out or its worker shuts down. */
  signal: AbortSignal;
  /** Sent as X-Tenant-ID. */
  tenantId: string;
  /** Sent as X-Request-ID; the Temporal run id, so that a foreign log line leads back to the run. */
  requestId: string;
  /**
   * Runs a call that changes an outside system while this attempt owns its activity. `signal` also aborts on loss of ownership. Rejects
   * before the call if the attempt has a successor. Undefined outside an activity.
   */
  whileOwner?: <T>(call: (signal: AbortSignal) => Promise<T>) => Promise<T>;
}

const storage = new AsyncLocalStorage<CallContext>();

/** Runs `body` so that all connector calls inside it obey the context's signal and carry its ids. */
export const withCallContext = <T>(context: CallContext, body: () => Promise<T>): Promise<T> => storage.run(context, body);

/** The context of the running call; undefined outside an activity (start-up checks). */
export const callContext = (): CallContext | undefined => storage.getStore();

/**
 * Fences every call that changes an outside system: an attempt that may have a successor changes nothing. Reads need no fence. Outside an
 * activity the call runs directly.
 */
export const mutating = <T>(call: () => Promise<T>): Promise<T> => {
  const context = storage.getStore();
  if (!context?.whileOwner) return call();
  return context.whileOwner((signal) => storage.run({ ...context, signal }, call));
};

/** The running call's signal, joined with a time limit so that no call can hang. */
export const callSignal = (timeoutMs: number): AbortSignal => {
  const limit = timeLimit(timeoutMs);
  const context = storage.getStore();
  return context ? AbortSignal.any([context.signal, limit]) : limit;
};

/**
 * Aborts with a TimeoutError when the time is over. Not `AbortSignal.timeout`: Node 20 collects one that only `AbortSignal.any` refers to
 * as garbage, and its time is never over. Here the timer holds on to the signal.
 */
export const timeLimit = (timeoutMs: number): AbortSignal => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError')), timeoutMs).unref();
  return controller.signal;
};
