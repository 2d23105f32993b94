import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '../process-identity.ts';

/** A program to run as part of the stack. Secrets go into `environment` or files, never into `parameters`. */
export interface PartSpecification {
  readonly name: string;
  readonly command: string;
  readonly parameters: readonly string[];
  /** The whole environment besides PATH, HOME and TMPDIR. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Working directory; the data folder if absent. */
  readonly cwd?: string;
  /** How to end it; SIGTERM if absent. SIGKILL for a part that would only take its time to save what nobody wants. */
  readonly stopSignal?: NodeJS.Signals;
  /** Run as this user and group; only for a supervisor that is root. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

interface Part {
  readonly child: ChildProcess;
  readonly stopSignal: NodeJS.Signals;
  readonly exited: Promise<void>;
  /** Whether its end is wanted, and so no crash. */
  ending: boolean;
}

/** How long a part may take to end after SIGTERM before it is killed. */
const STOP_GRACE_MS = 8_000;
const LAST_LOG_LINES = 15;

/** A part ended although nobody asked it to. */
export class PartFailed extends Error {
  override readonly name = 'PartFailed';
}

/**
 * Starts the parts of a stack, each in its own process group with its own log file, and watches them.
 * Where `setpriv` exists the kernel kills the parts when we are killed; elsewhere the next start does (see {@link reapOrphans}).
 */
export class Supervisor {
  /** Rejects with {@link PartFailed} at the first crash of any part, or with the reason given to {@link abort}; never resolves. */
  readonly failed: Promise<never>;
  readonly #parts = new Map<string, Part>();
  readonly #identities = new Map<string, ProcessIdentity>();
  readonly #folder: string;
  readonly #fail: (error: Error) => void;

  /** @param folder data folder of the stack: logs go to `logs/`, running processes to `processes.json` */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(join(folder, 'logs'), { recursive: true });
    const { promise, reject } = withRejection();
    this.failed = promise;
    this.failed.catch(() => {}); // whoever starts the stack listens too; until then a crash must not end the process
    this.#fail = reject;
  }

  /** Makes everything fail that waits for a part. */
  abort(reason: Error): void {
    this.#fail(reason);
  }

  logFile(name: string): string {
    return join(this.#folder, 'logs', `${name}.log`);
  }

  /** Starts a part; its readiness is the caller's to await. */
  start({ name, command, parameters, environment, cwd = this.#folder, stopSignal = 'SIGTERM', user }: PartSpecification): void {
    const log = openSync(this.logFile(name), 'a', 0o600);
    const [program, ...rest] = diesWithParent(command, parameters);
    const child = spawn(program, rest, { detached: true, cwd, stdio: ['ignore', log, log], env: { ...inherited(), ...environment }, ...user });
    closeSync(log);
    const exited = new Promise<void>((resolve) => void child.once('exit', () => resolve()).once('error', () => resolve()));
    const part: Part = { child, stopSignal, exited, ending: false };
    this.#parts.set(name, part);
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity) this.#identities.set(name, identity);
    this.#record();
    child.once('error', (error) => this.#ended(name, part, error.message));
    child.once('exit', (code, signal) => this.#ended(name, part, signal ? `was killed by ${signal}` : `exited with code ${code}`));
  }

  /** Whether the part was started and has not ended. */
  isRunning(name: string): boolean {
    return this.#parts.has(name);
  }

  /** Sends a signal to the part's own process, not to its children. */
  signal(name: string, signal: NodeJS.Signals): void {
    this.#part(name).child.kill(signal);
  }

  /** Ends one part on purpose: a signal to its own process, and after a grace SIGKILL to its whole group. */
  async end(name: string, signal?: NodeJS.Signals): Promise<void> {
    const part = this.#part(name);
    part.ending = true;
    part.child.kill(signal ?? part.stopSignal);
    const timer = setTimeout(() => killGroup(part.child.pid, 'SIGKILL'), STOP_GRACE_MS);
    await part.exited;
    clearTimeout(timer);
  }

  /** Ends all parts, those named first before the others, and leaves no process. */
  async endAll(first: readonly string[] = []): Promise<void> {
    for (const part of this.#parts.values()) part.ending = true;
    await Promise.all(first.filter((name) => this.isRunning(name)).map((name) => this.end(name)));
    await Promise.all([...this.#parts.keys()].map((name) => this.end(name)));
    for (const { pid } of this.#identities.values()) killGroup(pid, 'SIGKILL');
  }

  /** The last lines a part logged, indented. */
  lastLines(name: string): string {
    const log = this.logFile(name);
    const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LOG_LINES) : [];
    return lines.map((line) => `    ${line}`).join('\n');
  }

  #part(name: string): Part {
    const part = this.#parts.get(name);
    if (!part) throw new Error(`${name} is not running`);
    return part;
  }

  #ended(name: string, part: Part, how: string): void {
    if (this.#parts.get(name) === part) this.#parts.delete(name);
    this.#record();
    if (!part.ending) this.#fail(new PartFailed(`${name} ${how}; the end of ${this.logFile(name)}:\n${this.lastLines(name)}`));
  }

  #record(): void {
    const running = [...this.#parts.keys()].flatMap((name) => this.#identities.get(name) ?? []);
    writeFileSync(processesFile(this.#folder), JSON.stringify(running));
  }
}

/** Kills what a stack that died left running in this data folder. */
export function reapOrphans(folder: string): void {
  if (!existsSync(processesFile(folder))) return;
  const recorded: ProcessIdentity[] = JSON.parse(readFileSync(processesFile(folder), 'utf8') || '[]');
  for (const identity of recorded) if (isAlive(identity)) killGroup(identity.pid, 'SIGKILL');
}

const processesFile = (folder: string) => join(folder, 'processes.json');

const setpriv = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;

const diesWithParent = (command: string, parameters: readonly string[]): [string, ...string[]] =>
  setpriv ? ['setpriv', '--pdeathsig', 'KILL', '--', command, ...parameters] : [command, ...parameters];

/** What every program needs; nothing else of our environment reaches a part, so no setting or credential of the user leaks in. */
const inherited = (): Record<string, string> =>
  Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function withRejection(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<never>((_, rejectPromise) => {
    reject = rejectPromise;
  });
  return { promise, reject };
}
