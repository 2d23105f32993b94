import assert from 'node:assert/strict';
import { workflowIdOf, zoneOf } from '../../tenant/names.ts';
import { call, tenantRequest, uniqueSlug, untilStatus } from '../support/api.ts';
import { assertEffectsOnce } from '../support/effects.ts';
import { startOwnService, type OwnProcess, type OwnService } from '../support/service.ts';
import { fault, ledger } from '../support/stand-ins.ts';
import { historyOf, pastActivities, pendingActivities, timeOf, withTemporal, type HistoryEvent, type PastActivity, type PendingActivity } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** From the kill to the next attempt, and from its end to the next activity. */
const RESTART_MS = 10_000;
const NEXT_MS = 3_000;
/** Where other tests keep the machine busy a new worker may need longer than that to start; then what waits is taken up this soon. */
const TAKE_UP_MS = 1_000;

/** `state` of an activity that a worker has begun. */
const STARTED = 2;

/** How an interrupted run went on. */
interface Recovery {
  killedAt: number;
  /** Activities a worker had begun when it was killed, each with the time its second attempt began. */
  restarted: Map<string, number>;
}

/** Milliseconds the new worker thought about workflow tasks between two events: where other tests keep the machine busy, that takes its time. */
const thinkingBetween = (events: readonly HistoryEvent[], first: number, last: number): number => {
  const between = events.filter(({ eventId }) => Number(eventId) > first && Number(eventId) < last);
  const begun = new Map(between.map((event) => [String(event.eventId), timeOf(event.eventTime)]));
  return between.reduce((sum, { eventTime, workflowTaskCompletedEventAttributes: completed }) =>
    sum + (completed ? timeOf(eventTime) - (begun.get(String(completed.startedEventId)) ?? timeOf(eventTime)) : 0), 0);
};

/** Milliseconds that the same run needed at most, undisturbed, from the end of an activity to the begin of the next: the pace of a busy machine. */
const paceAfter = (past: readonly PastActivity[], eventId: number): number => Math.max(0, ...past
  .filter(({ scheduledEventId }) => scheduledEventId > eventId)
  .map(({ scheduledEventId, started }) => started - Math.max(...past.filter(({ endedEventId }) => endedEventId < scheduledEventId).map(({ ended }) => ended))));

describe('a worker that is killed', function () {
  this.timeout(300_000);
  let service: OwnService;
  let worker: OwnProcess;
  const slugs = { services: uniqueSlug('crash'), ingress: uniqueSlug('crash') };
  const ids = { services: '', ingress: '' };
  let successorReadyAt: number;
  const recovery: Record<keyof typeof slugs, Recovery> = {
    services: { killedAt: 0, restarted: new Map() }, ingress: { killedAt: 0, restarted: new Map() },
  };

  const begunIn = (pending: readonly PendingActivity[], phase: string): string[] =>
    pending.filter(({ activityId, state }) => activityId?.startsWith(`${phase}:`) && state === STARTED).map(({ activityId }) => activityId ?? '');

  const create = async (slug: string): Promise<string> =>
    (await call('/tenants', { body: tenantRequest(slug), api: service.api })).body['id'] as string;

  // One kill strikes two tenants, each in the middle of another phase.
  before(async () => {
    service = await startOwnService(uniqueSlug('crash'));
    worker = await service.startWorker();
    await withTemporal(async (client) => {
      const pending = (slug: string) => pendingActivities(client, workflowIdOf(slug));

      // The zone exists, the next write to Azure takes its time: so DEPLOY_INGRESS is caught between two effects.
      const zone = zoneOf(slugs.ingress, 'matih.ai');
      await fault('azureDns', { match: { method: 'PUT', path: `${zone}/A/` }, kind: 'latency', latencyMs: 60_000, times: 1 });
      ids.ingress = await create(slugs.ingress);
      await until('the zone made', async () => (await ledger('azureDns', ids.ingress)).length > 0 && begunIn(await pending(slugs.ingress), 'DEPLOY_INGRESS').length > 0, { seconds: 90 });

      ids.services = await create(slugs.services);
      const struck = await until('releases being installed', async () => {
        const begun = begunIn(await pending(slugs.services), 'DEPLOY_SERVICES');
        return begun.some((activityId) => !activityId.includes('wave')) && begun;
      }, { seconds: 90, intervalMs: 20 });
      const held = begunIn(await pending(slugs.ingress), 'DEPLOY_INGRESS');
      await worker.kill('SIGKILL');
      const killedAt = Date.now();
      const successor = service.startWorker().then(() => { successorReadyAt = Date.now(); });

      for (const [name, activities] of [['services', struck], ['ingress', held]] as const) {
        assert.ok(activities.length > 0);
        recovery[name] = { killedAt, restarted: new Map() };
        await until(`${activities.join(', ')} restarted`, async () => {
          for (const { activityId, attempt, lastStartedTime } of await pending(slugs[name])) {
            if (activityId && activities.includes(activityId) && (attempt ?? 1) > 1 && lastStartedTime && timeOf(lastStartedTime) > killedAt && !recovery[name].restarted.has(activityId)) {
              recovery[name].restarted.set(activityId, timeOf(lastStartedTime));
            }
          }
          const done = pastActivities(await historyOf(client, workflowIdOf(slugs[name])));
          for (const { activityId, started } of done) {
            if (activities.includes(activityId) && !recovery[name].restarted.has(activityId) && started > killedAt) recovery[name].restarted.set(activityId, started);
          }
          return recovery[name].restarted.size === activities.length;
        }, { seconds: 60, intervalMs: 50 });
      }
      await successor;
    });
  });
  after(() => service.stop());

  for (const [name, phase] of [['services', 'DEPLOY_SERVICES'], ['ingress', 'DEPLOY_INGRESS']] as const) {
    describe(`in the middle of ${phase}`, () => {
      let events: HistoryEvent[];
      let past: PastActivity[];
      before(async () => {
        const status = await untilStatus(ids[name], ({ status: state }) => state === 'COMPLETED' || state === 'FAILED', 120, service.api);
        assert.equal(status['status'], 'COMPLETED', JSON.stringify(status));
        events = await withTemporal((client) => historyOf(client, workflowIdOf(slugs[name])));
        past = pastActivities(events);
      });

      it('has what it had begun restarted within 10 s', () => {
        const { killedAt, restarted } = recovery[name];
        const latest = Math.max(killedAt + RESTART_MS, successorReadyAt + TAKE_UP_MS);
        for (const [activityId, at] of restarted) {
          assert.ok(at <= latest, `${activityId} ${at - killedAt} ms after the kill, the new worker ready ${successorReadyAt - killedAt} ms after it`);
        }
      });

      it('has the next activity begun within 3 s of the end of the interrupted one', () => {
        const interrupted = past.filter(({ activityId }) => recovery[name].restarted.has(activityId));
        const last = interrupted.reduce((latest, each) => (each.endedEventId > latest.endedEventId ? each : latest));
        const next = past.find(({ scheduledEventId }) => scheduledEventId > last.endedEventId);
        assert.ok(next, 'there is a next one');
        const thinking = thinkingBetween(events, last.endedEventId, next.scheduledEventId);
        const pace = paceAfter(past, next.endedEventId);
        assert.ok(next.started - last.ended <= NEXT_MS + thinking + pace,
          `${next.activityId} ${next.started - last.ended} ms after ${last.activityId}, ${thinking} ms of them in the worker; undisturbed it takes up to ${pace} ms`);
      });

      it('leaves the tenant ACTIVE, with no effect twice', async () => {
        assert.equal((await call(`/tenants/${ids[name]}`, { api: service.api })).body['status'], 'ACTIVE');
        await assertEffectsOnce(ids[name], slugs[name]);
      });
    });
  }
});
