import { createServer } from 'node:net';
import { temporalDev } from '../temporal-dev.ts';

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

/** Below the range from which Linux and macOS take the ports of outgoing connections, so that none of those gets in between. */
const FREE_FROM = 10_000;
const FREE_TO = 32_000;

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

/** Assigns a port to every name: those given, and free ones for the rest. */
export async function assignPorts(given: Partial<Ports>): Promise<Ports> {
  const used = new Set<number>(Object.values(given));
  const ports: Record<string, number> = { ...given };
  for (const name of portNames) {
    while (ports[name] === undefined) {
      const candidate = FREE_FROM + Math.floor(Math.random() * (FREE_TO - FREE_FROM));
      if (used.has(candidate) || !(await isFree(candidate))) continue;
      used.add(candidate);
      ports[name] = candidate;
    }
  }
  return ports as Ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}
