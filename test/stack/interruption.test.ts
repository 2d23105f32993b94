import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { workflowIdOf } from '../../tenant/names.ts';
import { uniqueSlug, untilStatus } from '../support/api.ts';
import { HOLDS, type Cure, type Target } from '../support/causes.ts';
import { createQueued } from '../support/creation.ts';
import { assertEffectsOnce } from '../support/effects.ts';
import { startOwnService, type OwnProcess, type OwnService } from '../support/service.ts';
import { fault } from '../support/stand-ins.ts';
import { pauseActivity, pendingActivities, resetTo, unpauseActivity, withTemporal, type PendingActivity } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const SECONDS = 400;

/** The way from one station to the next, on a machine that is busy with the other tests. */
const STATION_SECONDS = 90;

/** States of a pending activity. */
const STARTED = 2;
const PAUSED = 4;

const nothingToLetGo: Cure = async () => undefined;

/** An activity of each kind on the way of every provisioning, and what keeps it at work; helm takes long enough by itself. */
const STATIONS: readonly { system: string; activityId: RegExp; hold?: (target: Target) => Promise<Cure> }[] = [
  { system: 'database', activityId: /^DEPLOY_DATABASES$/, hold: HOLDS.DEPLOY_DATABASES! },
  { system: 'helm', activityId: /^DEPLOY_SERVICES:(?!wave)/ },
  { system: 'DNS', activityId: /^DEPLOY_INGRESS:zone$/, hold: HOLDS.DEPLOY_INGRESS! },
  // The certificate waits for a challenge whose record is never written.
  { system: 'Kubernetes', activityId: /^DEPLOY_INGRESS:certificate$/, hold: ({ slug }) => fault('azureDns', { match: { method: 'PUT', path: `/dnsZones/${slug}\\.matih\\.ai/TXT/` }, kind: 'hang' }) },
];

interface Interrupted {
  client: Client;
  workflowId: string;
  /** The activity at work. */
  id: string;
  /** Takes away what keeps it at work. */
  letGo: Cure;
  worker: OwnProcess;
  /** Starts the worker that comes after this one. */
  startWorker: () => Promise<OwnProcess>;
}

/** What is done to an activity at work; ends when it has been stopped and may go on. Resolves with the worker that then serves. */
type Interruption = (interrupted: Interrupted) => Promise<OwnProcess | void>;

describe('an activity at work in the database, helm, DNS and Kubernetes, one after another, is', function () {
  this.timeout(SECONDS * 1000);

  /** Lets one provisioning be interrupted at every station; it still ends ACTIVE, with every effect once. */
  const interruptedEverywhere = async (interrupt: Interruption): Promise<void> => {
    const service = await startOwnService(uniqueSlug('halt'), { SHUTDOWN_GRACE_SECONDS: '2' });
    try {
      const slug = uniqueSlug('halt');
      const target = { id: await createQueued(slug, service.api), slug };
      const holds = await Promise.all(STATIONS.map(async ({ hold }) => hold?.(target) ?? nothingToLetGo));
      await withTemporal((client) => passStations(service, client, workflowIdOf(slug), holds, interrupt));
      const end = await untilStatus(target.id, ({ status: state }) => state === 'COMPLETED' || state === 'FAILED', SECONDS, service.api);
      assert.equal(end['status'], 'COMPLETED', end['failureReason']);
      await assertEffectsOnce(target.id, slug);
    } finally {
      await service.stop();
    }
  };

  const passStations = async (service: OwnService, client: Client, workflowId: string, holds: readonly Cure[], interrupt: Interruption): Promise<void> => {
    const startWorker = () => service.startWorker();
    let worker = await startWorker();
    for (const [index, { system, activityId }] of STATIONS.entries()) {
      const id = await until(`an activity at work in ${system}`, () => atWork(client, workflowId, activityId), { seconds: STATION_SECONDS, intervalMs: 20 })
        .catch(async (error: unknown) => assert.fail(`${String(error)}; ${await whereItStands(client, workflowId)}`));
      worker = await interrupt({ client, workflowId, id, letGo: holds[index]!, worker, startWorker }) ?? worker;
    }
  };

  const atWork = async (client: Client, workflowId: string, name: RegExp): Promise<string | undefined> => {
    const pending = await pendingActivities(client, workflowId);
    return pending.find(({ activityId, state }) => state === STARTED && name.test(activityId ?? ''))?.activityId ?? undefined;
  };

  const whereItStands = async (client: Client, workflowId: string): Promise<string> => {
    const { status, raw: { pendingActivities: pending } } = await client.workflow.getHandle(workflowId).describe();
    const lines = (pending ?? []).map(({ activityId, state, attempt, lastFailure }) => `${activityId} (state ${state}, attempt ${attempt}, ${lastFailure?.message})`);
    return `the run is ${status.name}, pending: ${lines.join(', ')}`;
  };

  const find = async (client: Client, workflowId: string, id: string | null | undefined): Promise<PendingActivity | undefined> =>
    (await pendingActivities(client, workflowId)).find(({ activityId }) => activityId === id);

  it('stopped by a pause, and goes on after it', () => interruptedEverywhere(async ({ client, workflowId, id, letGo }) => {
    await pauseActivity(client, workflowId, id);
    // A short one may end before it learns of the pause.
    await until(`${id} to stop`, async (): Promise<boolean> => {
      const pending = await find(client, workflowId, id);
      return pending === undefined || pending.state === PAUSED;
    }, { seconds: SECONDS });
    await letGo();
    if (await find(client, workflowId, id)) await unpauseActivity(client, workflowId, id);
  }));

  it('done again after a reset', () => interruptedEverywhere(async ({ client, workflowId, id, letGo }) => {
    const { runId } = await client.workflow.getHandle(workflowId).describe();
    await resetTo(client, workflowId, runId, id);
    await letGo();
  }));

  it('handed to the next worker when its own is shut down', () => interruptedEverywhere(async ({ letGo, worker, startWorker }) => {
    const stopped = worker.kill('SIGTERM').then(() => 'ended');
    assert.equal(await Promise.race([stopped, sleep(60_000, 'still there', { ref: false })]), 'ended');
    await letGo();
    return startWorker();
  }));
});
