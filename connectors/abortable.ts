/**
 * A promise that rejects with the signal's reason as soon as it aborts, for libraries that know no signals.
 * The work itself goes on in the background; its late outcome is dropped.
 */
export const abortable = <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => new Promise<T>((resolve, reject) => {
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
});
