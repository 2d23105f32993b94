import { createServer } from 'node:net';
import { join } from 'node:path';
import { temporalDev } from '../temporal-dev.ts';
import { tryAcquireLock, type Lock } from '../toolchain/lock.ts';

/** Every port of the stack, all on 127.0.0.1. */
export const portNames = [
  'api', 'temporal', 'temporalUi', 'temporalMetrics', 'temporalHttp', 'workerHealth', 'postgres', 'kafka', 'kafkaController',
  'etcd', 'etcdPeer', 'apiserver', 'controllerManager', 'scheduler', 'blob', 'dns', 'clusterProxy',
  'iam', 'config', 'notification', 'audit', 'infrastructure', 'azureDns',
] as const;
export type Ports = Readonly<Record<(typeof portNames)[number], number>>;

/** The ports a person knows by heart, and the settings that move them. */
const fixed = {
  api: { setting: 'API_PORT', default: 8082 },
  temporal: { setting: 'TEMPORAL_PORT', default: temporalDev.ports.frontend },
  temporalUi: { setting: 'TEMPORAL_UI_PORT', default: temporalDev.ports.ui },
} as const;

/**
 * Free ports come from blocks, one block to a stack: a port found free stays unbound until its part starts, and another stack must not find it
 * meanwhile. They lie below the range from which Linux and macOS take the ports of outgoing connections, and above 10080, the last port
 * that `fetch` refuses to call.
 */
const BLOCKS = { from: 10_100, count: 300, size: 64 };

export function fixedPorts(environment: NodeJS.ProcessEnv = process.env): Partial<Ports> {
  return Object.fromEntries(Object.entries(fixed).map(([name, port]) => [name, Number(environment[port.setting] ?? port.default)]));
}

/** Says which fixed ports are taken, each with the setting that moves it. */
export async function takenPorts(environment: NodeJS.ProcessEnv = process.env): Promise<string[]> {
  const chosen = fixedPorts(environment);
  const problems = await Promise.all(Object.entries(fixed).map(async ([name, { setting }]) => {
    const port = chosen[name as keyof typeof fixed] ?? 0;
    return (await isFree(port)) ? [] : [`port ${port} on 127.0.0.1, which something else has taken (set ${setting} to another one)`];
  }));
  return problems.flat();
}

/** Ports and the right to them. */
export interface PortReservation {
  readonly ports: Ports;
  release(): void;
}

/**
 * Assigns a port to every name: those given, and free ones of a block of its own for the rest.
 * @param folder where the stacks of this user keep the locks on their blocks
 */
export async function reservePorts(given: Partial<Ports>, folder: string): Promise<PortReservation> {
  const { block, lock } = takeBlock(folder);
  const first = BLOCKS.from + block * BLOCKS.size;
  const candidates = Array.from({ length: BLOCKS.size }, (_, index) => first + index).filter((port) => !Object.values(given).includes(port));
  const ports: Record<string, number> = { ...given };
  for (const name of portNames) {
    while (ports[name] === undefined) {
      const candidate = candidates.shift();
      if (candidate === undefined) throw new Error(`other programs have taken too many of the ports ${first}-${first + BLOCKS.size - 1}`);
      if (await isFree(candidate)) ports[name] = candidate;
    }
  }
  return { ports: ports as Ports, release: () => lock.release() };
}

function takeBlock(folder: string): { block: number; lock: Lock } {
  for (let block = 0; block < BLOCKS.count; block++) {
    const lock = tryAcquireLock(join(folder, String(block)));
    if ('release' in lock) return { block, lock };
  }
  throw new Error(`${BLOCKS.count} stacks are running, and no ports are left for another one`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}
