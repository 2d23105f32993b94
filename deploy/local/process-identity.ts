import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process named so that a recycled pid is not mistaken for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time as the operating system counts it; opaque, only ever compared. */
  readonly startTime: string;
}

/** When the process with this pid started, or undefined if there is none (a zombie counts as none). */
function startTimeOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim() || undefined;
    }
    // Fields after the command name, which stands in parentheses and may itself hold spaces: state is the first, start time the 20th.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Identity of a running process, or undefined when it is gone. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** Whether exactly this process, not a later one with its pid, still runs. */
export const isAlive = ({ pid, startTime }: ProcessIdentity): boolean => startTimeOf(pid) === startTime;
