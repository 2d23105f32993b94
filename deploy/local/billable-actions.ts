import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';

/** This long without a change the counter has settled. */
const ACTIONS_SETTLED_MS = 2_000;

/**
 * Billable actions of a namespace so far, from the server's Prometheus counter `action`. Heartbeats are left out: how many there are
 * depends on how long the outside systems take, not on the operation.
 */
export async function countActions(metrics: string, namespace: string): Promise<number> {
  const text = await (await request(metrics)).body.text();
  return text.split('\n')
    .filter((line) => line.startsWith('action{') && line.includes(`namespace="${namespace}"`) && !line.includes('Heartbeat'))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** The same once the counter has settled: it lags behind what it counts. */
export async function settledActions(metrics: string, namespace: string): Promise<number> {
  for (let last = await countActions(metrics, namespace); ; ) {
    await sleep(ACTIONS_SETTLED_MS);
    const now = await countActions(metrics, namespace);
    if (now === last) return now;
    last = now;
  }
}
