import { linkSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from '../process-identity.ts';

const POLL_MS = 200;

export interface LockOptions {
  /** Called once when another living process holds the lock and we begin to wait for it. */
  readonly onWait?: (holder: ProcessIdentity) => void;
}

export interface Lock {
  release(): void;
}

/**
 * Takes the lock kept in `folder`, waiting while a living process holds it; a dead one's is taken over.
 *
 * The lock is the file with the highest number. Only hard-linking the next number, which the file system grants
 * to one process alone, takes it, and the highest file is never deleted, only marked free: so two processes that
 * find the same dead holder cannot both win, as they could by deleting its file.
 */
export async function acquireLock(folder: string, { onWait }: LockOptions = {}): Promise<Lock> {
  mkdirSync(folder, { recursive: true });
  for (let waited = false; ; ) {
    const lock = tryAcquireLock(folder);
    if ('release' in lock) return lock;
    if (!waited) onWait?.(lock);
    waited = true;
    await sleep(POLL_MS);
  }
}

/** Like {@link acquireLock}, but returns the living holder instead of waiting for it. */
export function tryAcquireLock(folder: string): Lock | ProcessIdentity {
  mkdirSync(folder, { recursive: true });
  const me = identify(process.pid);
  if (!me) throw new Error('cannot read the start time of this process');
  for (;;) {
    const highest = generations(folder).at(-1) ?? 0;
    const holder = highest > 0 ? readHolder(join(folder, String(highest))) : undefined;
    if (holder && isAlive(holder)) return holder;
    const file = join(folder, String(highest + 1));
    if (!createWith(file, me)) continue;
    const all = generations(folder);
    if (all.at(-1) !== highest + 1) {
      rmSync(file, { force: true }); // we acted on an old view: a newer generation exists
      continue;
    }
    for (const older of all.slice(0, -1)) rmSync(join(folder, String(older)), { force: true });
    return { release: () => replaceWith(file, null) };
  }
}

const generations = (folder: string): number[] =>
  readdirSync(folder).filter((name) => /^\d+$/.test(name)).map(Number).toSorted((a, b) => a - b);

function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) ?? undefined;
  } catch {
    return undefined; // removed in the meantime by the holder of a newer generation
  }
}

/** Creates `file` complete or not at all; false when it exists. */
function createWith(file: string, holder: ProcessIdentity): boolean {
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, JSON.stringify(holder));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function replaceWith(file: string, content: null): void {
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, JSON.stringify(content));
  renameSync(draft, file);
}
