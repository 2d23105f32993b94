import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { TenantError } from '../../tenant/errors.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import { callContext, callSignal, mutating } from '../call-context.ts';
import { Semaphore } from './semaphore.ts';

export type HelmSettings = Pick<WorkerSettings,
  'HELM_BINARY' | 'HELM_CONCURRENCY' | 'HELM_TIMEOUT_SECONDS' | 'TENANT_SERVICE_KUBECONFIG'>;

export interface HelmResult {
  failed: boolean;
  stdout: string;
  stderr: string;
}

/** Runs `helm` with these arguments; resolves also when helm fails, rejects when it is cancelled or takes too long. */
export type RunHelm = (args: readonly string[]) => Promise<HelmResult>;

/** Milliseconds between SIGTERM, at which helm marks its release failed, and SIGKILL. */
export const KILL_GRACE_MS = 2000;

/** Commands that only read. Every other command has to prove ownership of its activity when it gets its slot. */
const READING: ReadonlySet<string> = new Set(['get', 'history', 'list', 'template']);

/**
 * Helm processes: a limited number at a time, each in a process group of its own that is ended with the call's signal. Where there is
 * `setpriv`, the kernel kills helm when this process dies, however it dies; else a killed worker's helm would go on.
 */
export const createHelmRunner = (settings: HelmSettings): RunHelm => {
  const slots = new Semaphore(settings.HELM_CONCURRENCY);
  const environment = environmentOf(settings);
  let prefix: Promise<readonly string[]> | undefined;

  return async (args) => {
    prefix ??= deathSignalPrefix();
    const [file = settings.HELM_BINARY, ...rest] = [...await prefix, settings.HELM_BINARY, ...args];
    // The time limit begins with the process; the wait in the queue does not count.
    const waiting = callContext()?.signal ?? new AbortController().signal;
    const start = (): Promise<HelmResult> => run(file, rest, environment, settings.HELM_TIMEOUT_SECONDS);
    return slots.run(waiting, () => READING.has(args[0] ?? '') ? start() : mutating(start));
  };
};

const run = async (file: string, args: readonly string[], env: Readonly<Record<string, string>>, timeoutSeconds: number): Promise<HelmResult> => {
  const signal = callSignal(timeoutSeconds * 1000);
  signal.throwIfAborted();
  const child = execa(file, args, { detached: true, cleanup: false, stdin: 'ignore', env, extendEnv: false, reject: false });
  stepBack(child.pid);
  let killTimer: NodeJS.Timeout | undefined;
  const end = (): void => {
    killGroup(child.pid, 'SIGTERM');
    killTimer = setTimeout(() => killGroup(child.pid, 'SIGKILL'), KILL_GRACE_MS);
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const { failed, stdout, stderr, code, signal: killedBy } = await child;
    if (signal.aborted) throw abortError(signal, timeoutSeconds);
    if (killedBy !== undefined) throw new TenantError('UNAVAILABLE', `helm was ended by ${killedBy}`);
    if (code !== undefined) throw new TenantError('UNAVAILABLE', `helm could not be started: ${code}`);
    return { failed, stdout, stderr };
  } finally {
    signal.removeEventListener('abort', end);
    clearTimeout(killTimer);
  }
};

const abortError = (signal: AbortSignal, timeoutSeconds: number): Error => {
  const reason = signal.reason as Error;
  return reason.name === 'TimeoutError' ? new TenantError('UNAVAILABLE', `helm took longer than ${timeoutSeconds} s`, { cause: reason }) : reason;
};

/** Several helms at work would hold up the worker's heartbeats and workflow tasks where cores are few. */
const stepBack = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already.
  }
};

const killGroup = (pid: number | undefined, signal: NodeJS.Signals): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended already.
  }
};

/** `setpriv` where the system has one that knows the option; it becomes helm by exec, so that pid and group are helm's. */
const deathSignalPrefix = async (): Promise<readonly string[]> => {
  const prefix = ['setpriv', '--pdeathsig', 'KILL'];
  const { failed } = await execa('setpriv', [...prefix.slice(1), 'true'], { reject: false, stdin: 'ignore' });
  return failed ? [] : prefix;
};

/** Only what helm needs: the worker's own environment holds credentials. GOGC=off because the process ends before garbage matters. */
const environmentOf = ({ TENANT_SERVICE_KUBECONFIG }: HelmSettings): Record<string, string> => {
  const { PATH, KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT } = process.env;
  const given = { PATH, KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT, KUBECONFIG: TENANT_SERVICE_KUBECONFIG };
  return {
    // Not the user's home, where a kubeconfig of theirs may lie.
    HOME: join(tmpdir(), 'tenant-service-helm'),
    GOGC: 'off',
    HELM_DRIVER: 'secret',
    ...Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
};
