import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const INTERVAL_MS = 40;
/** A process is looked at several times at its beginning, when one program may still become another. */
const LOOKS = 10;

/** Collects the command lines of all processes of this machine until it is stopped. */
export const watchCommandLines = (): { seen: ReadonlySet<string>; stop: () => Promise<void> } => {
  const seen = new Set<string>();
  const look = existsSync('/proc/self/cmdline') ? procLook(seen) : psLook(seen);
  let watching = true;
  const ended = (async () => {
    while (watching) {
      await look();
      await sleep(INTERVAL_MS);
    }
  })();
  return { seen, stop: async () => { watching = false; await ended; } };
};

const procLook = (seen: Set<string>) => {
  const looks = new Map<string, number>();
  return async (): Promise<void> => {
    const present = new Set(readdirSync('/proc').filter((name) => /^\d+$/.test(name)));
    for (const pid of looks.keys()) if (!present.has(pid)) looks.delete(pid);
    for (const pid of present) {
      const count = looks.get(pid) ?? 0;
      if (count >= LOOKS) continue;
      looks.set(pid, count + 1);
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        // It has ended.
      }
    }
  };
};

const psLook = (seen: Set<string>) => async (): Promise<void> => {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'command=']);
  for (const line of stdout.split('\n')) seen.add(line);
};
