import assert from 'node:assert/strict';
import { settledActions } from '../../deploy/local/billable-actions.ts';
import { silent } from '../../deploy/local/progress.ts';
import { provisionSample, type SampleResult } from '../../deploy/local/sample.ts';
import { workflowIdOf } from '../../tenant/names.ts';
import { PHASES } from '../../tenant/phases.ts';
import { call, tenantRequest, uniqueSlug } from '../support/api.ts';
import { deleteCompletely } from '../support/deletions.ts';
import { endpoints } from '../support/endpoints.ts';
import { operate, untilEnded } from '../support/operations.ts';
import { startOwnService, type OwnService } from '../support/service.ts';
import { historyOf, pastActivities, registerNamespace, timeOf, withTemporal, type HistoryEvent } from '../support/temporal.ts';

const ACTIONS_BUDGET = 35;
/** The server and the projection note the same moments one shortly after the other; on a busy machine "shortly" takes its share of the whole. */
const agree = (seconds: number, measured: number): boolean => Math.abs(seconds - measured) <= 1 + measured / 10;

/** Seconds by which two programs may read the time in another order than they ran. */
const CLOCK_STEP = 0.1;

const slug = uniqueSlug('figures');
/** The labels of the server's counters know no hyphen. */
const namespace = slug.replaceAll('-', '');

/** What each operation may cost, its deletion with the wait for the confirmation. */
const BUDGETS = { suspension: 10, reactivation: 12, 'tier change': 26, deletion: 24 } as const;

describe('the figures of `npm start -- --once`', function () {
  this.timeout(240_000);
  let service: OwnService;
  let result: SampleResult;
  let events: HistoryEvent[];

  // The server counts actions by namespace: in one of its own nobody else is counted.
  before(async () => {
    await registerNamespace(namespace);
    service = await startOwnService(slug, { TEMPORAL_NAMESPACE: namespace });
    await service.startWorker();
    result = await provisionSample({ endpoints: { ...endpoints(), api: service.api } }, silent, { namespace, tenant: tenantRequest(slug) });
    events = await withTemporal((client) => historyOf(client, workflowIdOf(slug)), namespace);
  });
  after(() => service.stop());

  it('tell of a tenant that became ACTIVE through all phases', () => {
    assert.deepEqual([result.tenant, result.status, result.phases.map(({ phase }) => phase)], [slug, 'ACTIVE', [...PHASES]]);
  });

  it('seconds are those between the first and the last event of the history', () => {
    const seconds = (timeOf(events.at(-1)?.eventTime) - timeOf(events[0]?.eventTime)) / 1000;
    assert.ok(agree(result.seconds, seconds), `${result.seconds} against ${seconds}`);
  });

  it('seconds of each phase lie within its activities', () => {
    const activities = pastActivities(events);
    for (const { phase, seconds } of result.phases) {
      const own = activities.filter(({ activityId }) => activityId.split(':')[0] === phase);
      const measured = (Math.max(...own.map(({ ended }) => ended)) - Math.min(...own.map(({ started }) => started))) / 1000;
      assert.ok(seconds > 0 && seconds <= measured + CLOCK_STEP, `${phase}: ${seconds} against ${measured}`);
    }
  });

  it('actions are those of the history, and of the server\'s counter, and within the budget', async () => {
    // Starting with an update is one action, accepting the update another, and so is each activity; a heartbeat is left out.
    const scheduled = events.filter(({ activityTaskScheduledEventAttributes }) => activityTaskScheduledEventAttributes).length;
    const accepted = events.filter(({ workflowExecutionUpdateAcceptedEventAttributes }) => workflowExecutionUpdateAcceptedEventAttributes).length;
    const others = events.filter(({ timerStartedEventAttributes: timer, workflowExecutionSignaledEventAttributes: signal, markerRecordedEventAttributes: marker,
      upsertWorkflowSearchAttributesEventAttributes: upsert, startChildWorkflowExecutionInitiatedEventAttributes: child }) => timer ?? signal ?? marker ?? upsert ?? child).length;
    assert.equal(result.actions, 1 + accepted + scheduled + others);

    const metrics = await (await fetch(endpoints().temporalMetrics)).text();
    const counted = metrics.split('\n').filter((line) => line.startsWith('action{') && line.includes(`namespace="${namespace}"`))
      .map((line) => ({ type: /action_type="([^"]*)"/.exec(line)?.[1] ?? '', count: Number(line.split(' ').at(-1)) }));
    const heartbeats = counted.filter(({ type }) => type.includes('Heartbeat'));
    assert.equal(counted.filter((each) => !heartbeats.includes(each)).reduce((sum, { count }) => sum + count, 0), result.actions, JSON.stringify(counted));
    assert.ok(result.actions <= ACTIONS_BUDGET, `${result.actions} actions`);
  });

  describe('and of the rest of its tenant\'s life:', () => {
    const tenantId = async (): Promise<string> => (await call(`/tenants/slug/${slug}`, { api: service.api })).body['id'];
    const changeTier = async (id: string) => {
      const { body } = await call(`/tenants/${id}/tier`, { method: 'PUT', body: { tier: 'PROFESSIONAL' }, api: service.api });
      return untilEnded(body['operation'].runId as string, { api: service.api });
    };
    const operations: Readonly<Record<keyof typeof BUDGETS, (id: string) => Promise<Record<string, any>>>> = {
      suspension: (id) => operate(id, 'suspend', { api: service.api }),
      reactivation: (id) => operate(id, 'activate', { api: service.api }),
      'tier change': changeTier,
      deletion: (id) => deleteCompletely(id, { api: service.api }),
    };

    for (const [name, budget] of Object.entries(BUDGETS) as [keyof typeof BUDGETS, number][]) {
      it(`a ${name} costs at most ${budget} actions by the server's counter`, async () => {
        const id = await tenantId();
        const before = await settledActions(endpoints().temporalMetrics, namespace);
        assert.equal((await operations[name](id))['status'], 'COMPLETED');
        const actions = await settledActions(endpoints().temporalMetrics, namespace) - before;
        assert.ok(actions > 0 && actions <= budget, `${actions} actions`);
      });
    }
  });
});
