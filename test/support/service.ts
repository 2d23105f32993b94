import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BUILT } from '../../deploy/build.ts';
import { endpoints, serviceEnvironment } from './endpoints.ts';

type Program = 'api' | 'worker';

/** A worker or API process of a test's own on the shared stack: it can be killed without disturbing the other tests. */
export interface OwnProcess {
  readonly pid: number;
  readonly port: number;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface OwnService {
  readonly taskQueue: string;
  /** Base URL of the own API. */
  readonly api: string;
  startWorker(extra?: Record<string, string>): Promise<OwnProcess>;
  stop(): Promise<void>;
}

export interface OwnServiceOptions {
  /** What the API has to answer to count as started; with something away it never gets ready. */
  waitFor?: 'readyz' | 'healthz';
}

/** An API with a task queue of its own; workers are started when the test wants them. `settings` overrides the stack's. */
export const startOwnService = async (
  taskQueue: string, settings: Record<string, string> = {}, { waitFor = 'readyz' }: OwnServiceOptions = {},
): Promise<OwnService> => {
  const processes: OwnProcess[] = [];
  const environment = { ...serviceEnvironment(), TEMPORAL_TASK_QUEUE: taskQueue, ...settings };
  const start = async (program: Program, portSetting: string, extra: Record<string, string> = {}): Promise<OwnProcess> => {
    const own = await startProcess(program, portSetting, { ...environment, ...extra }, `${taskQueue}-${program}-${processes.length}`, waitFor);
    processes.push(own);
    return own;
  };
  const api = await start('api', 'API_PORT');
  return {
    taskQueue,
    api: `http://127.0.0.1:${api.port}`,
    startWorker: (extra) => start('worker', 'WORKER_HEALTH_PORT', extra),
    stop: async () => void await Promise.all(processes.map((own) => own.kill('SIGTERM'))),
  };
};

/** Whatever a test left running ends with the test's own process. */
const running = new Set<ChildProcess>();
process.once('exit', () => { for (const child of running) child.kill('SIGKILL'); });

const startProcess = async (program: Program, portSetting: string, environment: Record<string, string>, name: string, waitFor: string): Promise<OwnProcess> => {
  const port = await freePort();
  const child = spawn(process.execPath, ['--enable-source-maps', BUILT[program]], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment, [portSetting]: String(port), WORKER_HEALTH_HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(logFolder(), `${name}.log`), { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  running.add(child);
  child.once('exit', () => running.delete(child));
  await untilReady(child, `http://127.0.0.1:${port}/${waitFor}`, name).catch(async (error: unknown) => {
    await end(child, 'SIGKILL');
    throw error;
  });
  return { pid: child.pid as number, port, kill: (signal = 'SIGKILL') => end(child, signal) };
};

const logFolder = (): string => join(endpoints().dataDir, 'logs');

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
};

const untilReady = async (child: ChildProcess, address: string, name: string): Promise<void> => {
  for (let tries = 0; tries < 900; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${name} ended at its start with code ${child.exitCode}`);
    const ready = await fetch(address).then((response) => response.ok, () => false);
    if (ready) return;
    await sleep(100);
  }
  throw new Error(`${name} was not ready within 90 s`);
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
};
