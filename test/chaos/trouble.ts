import { setTimeout as sleep } from 'node:timers/promises';
import type { OwnProcess, OwnService } from '../support/service.ts';
import { fault, type StandIn } from '../support/stand-ins.ts';
import type { MatrixTenant } from '../support/matrix/acts.ts';
import type { Random } from './random.ts';

const SYSTEMS: readonly (StandIn | 'clusterProxy')[] = ['iam', 'config', 'notification', 'audit', 'infrastructure', 'azureDns', 'clusterProxy'];
const KINDS = ['error', 'throttle', 'partial', 'lost-reply', 'hang', 'latency'] as const;

/** Seconds between two kills of the worker. */
const KILL_AFTER = { least: 8, most: 25 } as const;
const FAULT_EVERY_MS = 1000;

/** Kills the worker by SIGKILL again and again, each time with a new one at once, until `ends` aborts; resolves with the number of kills. */
export const killWorkers = async (service: OwnService, random: Random, ends: AbortSignal): Promise<number> => {
  let worker: OwnProcess = await service.startWorker();
  let kills = 0;
  while (!ends.aborted) {
    await sleep(random.between(KILL_AFTER.least, KILL_AFTER.most) * 1000, undefined, { signal: ends }).catch(() => undefined);
    if (ends.aborted) break;
    await worker.kill('SIGKILL');
    kills += 1;
    worker = await service.startWorker();
  }
  return kills;
};

/** Programs one random fault a second for one of the tenants that live; resolves with the number of faults. */
export const programFaults = async (living: ReadonlySet<MatrixTenant>, random: Random, ends: AbortSignal): Promise<number> => {
  let faults = 0;
  while (!ends.aborted) {
    await sleep(FAULT_EVERY_MS, undefined, { signal: ends }).catch(() => undefined);
    const tenants = [...living].filter(({ id }) => id !== '');
    if (ends.aborted || tenants.length === 0) continue;
    const { id, slug } = random.oneOf(tenants);
    const kind = random.oneOf(KINDS);
    const system = random.oneOf(SYSTEMS);
    await fault(system, {
      match: { tenantId: system === 'clusterProxy' || system === 'azureDns' ? slug : id }, kind, times: random.whole(1, 2),
      ...(kind === 'latency' && { latencyMs: random.whole(100, 8000) }), ...(kind === 'throttle' && { retryAfterSeconds: random.whole(0, 3) }),
      ...((kind === 'error' || kind === 'partial') && { status: random.oneOf([500, 502, 503, 504]) }),
    });
    faults += 1;
  }
  return faults;
};
