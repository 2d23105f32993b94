/** Someone asked the program to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  /** What a shell expects of a program ended by that signal. */
  readonly exitCode: number;
  constructor(signal: NodeJS.Signals, exitCode: number) {
    super(`interrupted by ${signal}`);
    this.exitCode = exitCode;
  }
}

const PARENT_CHECK_MS = 500;

/**
 * Aborts with an {@link Interrupted} at the first SIGINT or SIGTERM, or when npm started us and has been killed;
 * a second signal then ends the process at once.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  if (process.env['npm_lifecycle_event'] !== undefined) {
    const npm = process.ppid;
    setInterval(() => {
      if (process.ppid !== npm) controller.abort(new Interrupted('SIGHUP', 129));
    }, PARENT_CHECK_MS).unref();
  }
  for (const [signal, exitCode] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
    // Kept after the first: a library that sees no other listener would end the process before our own clean-up.
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(exitCode);
      controller.abort(new Interrupted(signal, exitCode));
    });
  }
  return controller.signal;
}

/** Rejects with the signal's reason when it aborts; never resolves. */
export function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  promise.catch(() => {}); // whoever races with it handles it; nobody may be racing just now
  return promise;
}

/** Ends the process with what `work` returns; an error is shown in its own words, without a stack trace, and makes 1. */
export async function exitWith(work: () => Promise<number>): Promise<never> {
  try {
    process.exit(await work());
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof Interrupted ? error.exitCode : 1);
  }
}
