import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildService } from '../../build.ts';
import { preflight } from '../preflight.ts';
import { silent, type Progress } from '../progress.ts';
import { defaultCacheFolder } from '../toolchain/cache.ts';
import { tryAcquireLock, type Lock } from '../toolchain/lock.ts';
import type { Tool } from '../toolchain/tool.ts';
import { provideTools, type Toolchain } from '../toolchain/toolchain.ts';
import { tools, type ToolKey } from '../toolchain/tools.ts';
import { startAzurite } from './azurite.ts';
import type { StackContext } from './context.ts';
import { describeEndpoints, writeEndpoints, writeEnvironment, type Endpoints } from './endpoints.ts';
import { startKafka } from './kafka.ts';
import { startKubernetes } from './kubernetes.ts';
import { fixedPorts, reservePorts, takenPorts } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { createSecrets } from './secrets.ts';
import { serviceEnvironment } from './service-environment.ts';
import { migrate, startApi, startStandIns, startWorker } from './services.ts';
import { Supervisor, reapOrphans } from './supervisor.ts';
import { startTemporal } from './temporal.ts';

export interface StackOptions {
  /** Folder of this stack's data, logs and kubeconfigs; empty, or of an earlier stack, whose data is removed. As root, every parent must be traversable by `nobody`. */
  readonly dataDir: string;
  /** 8082, 7233 and 8233 for the API, Temporal and its Web UI (settings API_PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT), instead of free ports. */
  readonly fixedPorts: boolean;
  /** Start the tenant service itself, worker and API, as well. */
  readonly services: boolean;
  readonly progress?: Progress;
  /** Gives up the start when aborted: what runs is stopped and the reason thrown. Without effect once the stack is up. */
  readonly signal?: AbortSignal;
}

/** A running stack. */
export interface Stack {
  readonly endpoints: Endpoints;
  /** Settings of worker and API processes that belong to this stack. */
  readonly environment: Record<string, string>;
  /** Rejects when a part ends that nobody ended; never resolves. */
  readonly failed: Promise<never>;
  startWorker(): Promise<void>;
  /** Ends the worker by a signal to its own process, as a crash would, and waits for its end. */
  killWorker(signal?: NodeJS.Signals): Promise<void>;
  /** Sends a signal such as SIGSTOP or SIGCONT to the part whose log is `logs/{part}.log`. */
  signal(part: string, signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/**
 * Starts real parts and stand-ins in the order of their dependencies, as concurrently as these allow; resolves when all are ready
 * and `endpoints.json` stands in the data folder. When a part fails meanwhile all are stopped and the error names it.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, progress = silent } = options;
  const kafka = process.env['KAFKA'] !== 'off';
  const held: { release(): void }[] = [claim(dataDir)];
  const supervisor = new Supervisor(dataDir);
  const giveUp = () => supervisor.abort(options.signal?.reason as Error);
  options.signal?.addEventListener('abort', giveUp);
  const stop = async () => {
    await supervisor.endAll(['api', 'worker']);
    for (const lock of held) lock.release();
  };
  try {
    const toolchain = await Promise.race([prepare(options, kafka, progress), supervisor.failed]);
    const reservation = await reservePorts(options.fixedPorts ? fixedPorts() : {}, join(defaultCacheFolder(), 'ports'));
    held.push(reservation);
    const context: StackContext = { dataDir, ports: reservation.ports, secrets: createSecrets(), tools: toolchain, supervisor, progress };
    const endpoints = await describeEndpoints(context);
    const environment = serviceEnvironment(context, endpoints);
    await allSettled([startParts(context, kafka), ...(options.services ? [progress.step('the service, compiled', buildService)] : [])]);
    if (options.services) await startServices(context, environment);
    writeEnvironment(dataDir, environment);
    writeEndpoints(dataDir, endpoints);
    options.signal?.removeEventListener('abort', giveUp);
    return {
      endpoints,
      environment,
      failed: supervisor.failed,
      startWorker: () => startWorker(context, environment),
      killWorker: (signal = 'SIGKILL') => supervisor.end('worker', signal),
      signal: (part, signal) => supervisor.signal(part, signal),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Checks the machine and finds or makes the tools. Without Kafka its jars are not looked for, and their path is empty. */
async function prepare(options: StackOptions, kafka: boolean, progress: Progress): Promise<Toolchain<ToolKey>> {
  const cacheFolder = defaultCacheFolder();
  const taken = options.fixedPorts ? await takenPorts() : [];
  const { kafka: broker, ...others } = tools;
  const wanted: Record<string, Tool> = kafka ? { ...others, kafka: broker } : others;
  const found = await provideTools(wanted, {
    cacheFolder,
    environment: process.env,
    progress,
    preflight: (missing, toBuild) => preflight({ missing, toBuild, cacheFolder, kafka, takenPorts: taken }),
  });
  return { kafka: '', ...found } as Toolchain<ToolKey>;
}

async function startParts(context: StackContext, kafka: boolean): Promise<void> {
  const { progress } = context;
  if (!kafka) progress.line('  ! KAFKA=off: no broker is started, lifecycle events wait until there is one');
  await allSettled([
    progress.step('PostgreSQL', () => startPostgres(context)).then(() => progress.step('migrations', () => migrate(context))),
    progress.step('Kubernetes', () => startKubernetes(context)),
    progress.step('Temporal', () => startTemporal(context)),
    ...(kafka ? [progress.step('Kafka', () => startKafka(context))] : []),
    progress.step('Azurite', () => startAzurite(context)),
    progress.step('stand-ins', () => startStandIns(context)),
  ]);
}

async function startServices(context: StackContext, environment: Record<string, string>): Promise<void> {
  const { progress } = context;
  await allSettled([
    progress.step('worker', () => startWorker(context, environment)),
    progress.step('API', () => startApi(context, environment)),
  ]);
}

/** Like `Promise.all`, but rejects only when all have ended, so that nothing is started any more while the caller stops everything. */
async function allSettled(work: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}

/** Makes the data folder ours: refuses one in use by a living stack or by anything else, ends what a dead stack left running, and empties it. */
function claim(dataDir: string): Lock {
  mkdirSync(dataDir, { recursive: true });
  const present = readdirSync(dataDir);
  if (present.length > 0 && !present.includes('lock')) throw new Error(`${dataDir} holds files of something else: name an empty folder`);
  chmodSync(dataDir, 0o711); // PostgreSQL's own user must get through; files with secrets are 0600
  const lock = tryAcquireLock(join(dataDir, 'lock'));
  if (!('release' in lock)) throw new Error(`process ${lock.pid} runs a stack in ${dataDir}: stop it first, or use another data folder`);
  reapOrphans(dataDir);
  for (const name of present) if (name !== 'lock') rmSync(join(dataDir, name), { recursive: true, force: true });
  return lock;
}
