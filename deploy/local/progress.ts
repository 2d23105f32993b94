/** Shows a long operation to whoever waits for it, in lines that also read well in a log file. */
export interface Progress {
  /** One line of information. */
  line(text: string): void;
  /** Runs `work` under a title; says when it began, that it still runs (every 15 s), and how long it took. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
}

const STILL_RUNNING_MS = 15_000;

/** `8.4 s` or `3 min 05 s`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
}

/** Progress as plain lines to `write` (default: standard error, so that standard output stays for results). */
export function createProgress(write: (line: string) => void = (line) => process.stderr.write(`${line}\n`)): Progress {
  return {
    line: write,
    async step(title, work) {
      const began = performance.now();
      const elapsed = () => duration(performance.now() - began);
      const ticker = setInterval(() => write(`  … ${title}: ${elapsed()}`), STILL_RUNNING_MS);
      try {
        const result = await work();
        write(`  ✓ ${title} (${elapsed()})`);
        return result;
      } catch (error) {
        write(`  ✗ ${title} (${elapsed()})`);
        throw error;
      } finally {
        clearInterval(ticker);
      }
    },
  };
}

/** Progress that nobody watches. */
export const silent: Progress = createProgress(() => {});
