import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { coresdk } from '@temporalio/proto';
import type { Activities } from '../../activities/activities.ts';
import { CATALOGUE, serviceNamed, WAVES } from '../../tenant/catalogue.ts';
import { PROGRESS_QUERY, VERDICT_UPDATE, type AwaitWaveInput, type CloseOperationInput, type DeployServiceInput, type StepProgress } from '../../tenant/operations.ts';
import { PHASES } from '../../tenant/phases.ts';
import { TEARDOWN_STEPS, titleOf } from '../../tenant/steps.ts';
import { accepted, admitted, fakeActivities, never, provisioningOf, type FakeActivities, untilCancelled } from '../support/fake-activities.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { WorkflowDriver } from '../support/workflow-driver.ts';

/** Billable actions are at most 35: the start and the update are one each. */
const MOST_ACTIVITIES = 33;

const REQUEST = provisioningOf('acme');
const VIOLATIONS = [{ field: 'slug', code: 'SLUG_TAKEN' as const, message: 'is in use by another tenant' }];

describe('provisionTenant', () => {
  let driver: WorkflowDriver;
  let fakes: FakeActivities;

  const start = async (overrides: Partial<Activities> = {}): Promise<void> => {
    fakes = fakeActivities(overrides);
    driver = await WorkflowDriver.start({ workflowType: 'provisionTenant', workflowId: 'tenant-acme', input: REQUEST, activities: fakes.activities });
  };
  /** Cancels the run as soon as an activity has begun; resolves when it has closed. */
  const cancelAt = async (activityId: string) => {
    await fakes.reached(`begin ${activityId}`);
    driver.cancel();
    return driver.outcome;
  };
  const ids = () => driver.scheduled.map(({ id }) => id);
  const idsAfter = (id: string) => ids().slice(ids().indexOf(id) + 1);
  const closing = () => driver.scheduled.find(({ type }) => type === 'closeOperation')?.input as CloseOperationInput | undefined;
  const states = async () => Object.fromEntries((await driver.query<StepProgress[]>(PROGRESS_QUERY)).map(({ step, state }) => [step, state]));
  const assertOrder = (...entries: string[]) => {
    const positions = entries.map((entry) => fakes.log.indexOf(entry));
    assert.ok(!positions.includes(-1), `missing one of ${entries.join(', ')} in ${fakes.log.join(', ')}`);
    assert.deepEqual(positions, positions.toSorted((a, b) => a - b), `not in this order: ${entries.join(', ')}`);
  };

  before(async function () {
    this.timeout(120_000);
    await workflowBundle();
  });
  afterEach(() => driver.dispose());

  describe('that succeeds', () => {
    it('runs the phases in the mission\'s order and ends with the tenant', async () => {
      await start();
      assert.deepEqual(await driver.outcome, { status: 'COMPLETED', result: { result: 'ACTIVE', tenantId: REQUEST.tenantId, slug: 'acme' } });
      assertOrder(
        'begin VALIDATE', 'end VALIDATE', 'begin CREATE_NAMESPACE', 'end CREATE_NAMESPACE', 'begin DEPLOY_SECRETS', 'end DEPLOY_SECRETS',
        'begin DEPLOY_DATABASES', 'end DEPLOY_DATABASES', 'begin DEPLOY_SERVICES:query-engine', `end DEPLOY_SERVICES:wave ${WAVES.length}`,
        'begin CONFIGURE', 'end CONFIGURE', 'begin VERIFY', 'end VERIFY', 'begin ACTIVATE', 'end ACTIVATE');
      assertOrder(
        'end DEPLOY_DATABASES', 'begin DEPLOY_INGRESS:controller', 'end DEPLOY_INGRESS:controller', 'begin DEPLOY_INGRESS:zone', 'end DEPLOY_INGRESS:zone',
        'begin DEPLOY_INGRESS:certificate', 'end DEPLOY_INGRESS:certificate', 'begin CONFIGURE');
      assert.equal(closing(), undefined);
    });

    it('installs a service only after the waves of everything it calls, one wave at a time', async () => {
      const inHand = new Set<number>();
      await start({
        deployService: async ({ service }: DeployServiceInput) => {
          const { wave } = serviceNamed(service)!;
          inHand.add(wave);
          assert.deepEqual([...inHand], [wave]);
          await sleep(1);
          return {} as never;
        },
        awaitWave: async ({ wave, last }: AwaitWaveInput) => {
          await sleep(1);
          assert.deepEqual([...inHand], [wave]);
          assert.equal(last, wave === WAVES.length);
          inHand.delete(wave);
          return {} as never;
        },
      });
      assert.equal((await driver.outcome).status, 'COMPLETED');
      for (const { name, calls } of CATALOGUE) {
        for (const callee of calls) assertOrder(`end DEPLOY_SERVICES:wave ${serviceNamed(callee)!.wave}`, `begin DEPLOY_SERVICES:${name}`);
      }
      assert.equal(driver.scheduled.filter(({ type }) => type === 'deployService').length, CATALOGUE.length);
    });

    it('deploys the ingress beside the services', async () => {
      await start({
        // Each branch waits for the other in its middle: one after the other, they would never end.
        awaitWave: async () => fakes.reached('begin DEPLOY_INGRESS:zone') as never,
        delegateZone: async () => fakes.reached('begin DEPLOY_SERVICES:wave 1') as never,
      });
      assert.equal((await driver.outcome).status, 'COMPLETED');
    });

    it('passes the address of the controller on', async () => {
      await start();
      await driver.outcome;
      const addresses = driver.scheduled.filter(({ type }) => type === 'delegateZone' || type === 'issueCertificate').map(({ input }) => (input as { ip: string }).ip);
      assert.deepEqual(addresses, ['203.0.113.7', '203.0.113.7']);
    });

    it('stays inside the budget of actions', async () => {
      await start();
      await driver.outcome;
      assert.ok(driver.scheduled.length <= MOST_ACTIVITIES, `${driver.scheduled.length} activities`);
    });

    it('tells each step in the checklist and the progress query, while it runs and after', async () => {
      await start({ deploySecrets: never });
      await fakes.reached('begin DEPLOY_SECRETS');
      assert.deepEqual(await states(), {
        ...Object.fromEntries(PHASES.map((phase) => [phase, 'PENDING'])), VALIDATE: 'COMPLETED', CREATE_NAMESPACE: 'COMPLETED', DEPLOY_SECRETS: 'RUNNING',
      });
      const lines = (await driver.currentDetails()).split('\n');
      assert.equal(lines.length, PHASES.length);
      assert.match(lines[1]!, /✅ \*\*CREATE_NAMESPACE\*\* Create the namespace and its boundary \(\d+\.\d s\)/);
      assert.match(lines[2]!, /▶️ \*\*DEPLOY_SECRETS\*\*/);
      assert.match(lines[3]!, /⬜ \*\*DEPLOY_DATABASES\*\*/);
      const [validate] = await driver.query<StepProgress[]>(PROGRESS_QUERY);
      assert.equal(validate?.title, titleOf('VALIDATE'));
      assert.ok(Date.parse(validate?.startedAt ?? '') <= Date.parse(validate?.endedAt ?? ''));
    });
  });

  describe('that is refused', () => {
    it('closes with the violations and does nothing more', async () => {
      await start({ validate: async () => ({ accepted: false, violations: VIOLATIONS }) });
      assert.deepEqual(await driver.outcome, { status: 'COMPLETED', result: { result: 'REFUSED', violations: VIOLATIONS } });
      assert.deepEqual(ids(), ['VALIDATE']);
    });
  });

  describe('asked for its verdict', () => {
    it('answers when VALIDATE has ended, long before the run', async () => {
      await start({ createNamespace: never });
      assert.deepEqual(await driver.update(VERDICT_UPDATE), accepted());
    });

    it('answers a refusal, and does not close before that', async () => {
      await start({ validate: async () => ({ accepted: false, violations: VIOLATIONS }) });
      const [verdict, outcome] = await Promise.all([driver.update(VERDICT_UPDATE), driver.outcome]);
      assert.deepEqual(verdict, { accepted: false, violations: VIOLATIONS });
      assert.equal(outcome.status, 'COMPLETED');
    });

    it('fails with the class of VALIDATE\'s own failure', async () => {
      await start({ validate: async () => { throw ApplicationFailure.nonRetryable('the IAM is away', 'UNAVAILABLE'); } });
      const [verdict, outcome] = await Promise.allSettled([driver.update(VERDICT_UPDATE), driver.outcome]);
      const { reason } = verdict as PromiseRejectedResult;
      assert.deepEqual([reason.type, reason.message], ['UNAVAILABLE', 'the IAM is away']);
      assert.equal((outcome as PromiseFulfilledResult<{ status: string }>).value.status, 'FAILED');
    });
  });

  describe('that is a retry', () => {
    const COMPLETED = ['VALIDATE', 'CREATE_NAMESPACE', 'DEPLOY_SECRETS', 'DEPLOY_DATABASES', 'DEPLOY_INGRESS'];

    it('runs only the phases that are not completed', async () => {
      await start({ validate: async () => accepted(COMPLETED) });
      assert.equal((await driver.outcome).status, 'COMPLETED');
      assert.deepEqual([...new Set(ids().map((id) => id.split(':')[0]))], ['VALIDATE', 'DEPLOY_SERVICES', 'CONFIGURE', 'VERIFY', 'ACTIVATE']);
      assert.deepEqual(await states(), {
        ...Object.fromEntries(PHASES.map((phase) => [phase, COMPLETED.includes(phase) ? 'SKIPPED' : 'COMPLETED'])), VALIDATE: 'COMPLETED',
      });
    });

    it('undoes the work of the earlier runs too when it is cancelled', async () => {
      const completed = ['VALIDATE', 'CREATE_NAMESPACE'];
      await start({ validate: async () => accepted(completed), beginOperation: async () => admitted(completed), deploySecrets: untilCancelled });
      assert.equal((await cancelAt('DEPLOY_SECRETS')).status, 'CANCELLED');
      assert.deepEqual(idsAfter('DEPLOY_SECRETS'), ['begin', ...TEARDOWN_STEPS, 'close']);
    });

    it('learns what to undo before it obeys a cancel that came first', async () => {
      await start({ validate: async () => accepted(['VALIDATE']), beginOperation: async () => admitted(['VALIDATE']) });
      driver.cancel();
      assert.equal((await driver.outcome).status, 'CANCELLED');
      assert.deepEqual(ids(), ['VALIDATE', 'begin', ...TEARDOWN_STEPS, 'close']);
    });

    it('by a reset, which hides from it what the run before made, undoes that too', async () => {
      await start({ validate: async () => accepted(), beginOperation: async () => admitted([], true), createNamespace: untilCancelled });
      assert.equal((await cancelAt('CREATE_NAMESPACE')).status, 'CANCELLED');
      assert.deepEqual(idsAfter('CREATE_NAMESPACE'), ['begin', ...TEARDOWN_STEPS, 'close']);
    });

    it('undoes everything when VALIDATE could not tell what is there', async () => {
      await start({
        validate: async () => { await fakes.reached('begin VALIDATE'); driver.cancel(); throw ApplicationFailure.nonRetryable('the IAM is away'); },
        beginOperation: async () => admitted(['VALIDATE']),
      });
      assert.equal((await driver.outcome).status, 'CANCELLED');
      assert.deepEqual(ids(), ['VALIDATE', 'begin', ...TEARDOWN_STEPS, 'close']);
    });
  });

  describe('with a phase that fails for good', () => {
    const fails = (type: string) => async (): Promise<never> => { throw ApplicationFailure.nonRetryable('250 zones are the limit', type); };
    /** Works until it is cancelled, and then takes its time to end. */
    const endsSlowly = async (): Promise<never> => {
      try {
        return await untilCancelled();
      } finally {
        await sleep(20);
      }
    };

    it('is a failed run with the class and the words of the cause, and leaves everything for a retry', async () => {
      await start({ deployDatabases: fails('CONFLICT') });
      const outcome = await driver.outcome;
      assert.ok(outcome.status === 'FAILED' && outcome.error instanceof ApplicationFailure);
      assert.deepEqual([outcome.error.type, outcome.error.message], ['CONFLICT', '250 zones are the limit']);
      assert.deepEqual(idsAfter('DEPLOY_DATABASES'), ['close']);
      assert.deepEqual({ ...closing(), originalRunId: '' }, {
        tenantId: REQUEST.tenantId, slug: 'acme', actor: 'tester', kind: 'PROVISIONING', originalRunId: '',
        end: 'FAILED', reason: '250 zones are the limit', undone: false,
      });
      const { DEPLOY_SECRETS, DEPLOY_DATABASES, CONFIGURE } = await states();
      assert.deepEqual([DEPLOY_SECRETS, DEPLOY_DATABASES, CONFIGURE], ['COMPLETED', 'FAILED', 'PENDING']);
    });

    it('cancels the services beside a failed ingress, and closes only when they have settled', async () => {
      await start({ delegateZone: async () => { await fakes.reached('begin DEPLOY_SERVICES:wave 1'); return fails('CEILING_REACHED')(); }, awaitWave: endsSlowly });
      assert.equal((await driver.outcome).status, 'FAILED');
      assertOrder('end DEPLOY_INGRESS:zone', 'end DEPLOY_SERVICES:wave 1', 'begin close');
      assert.deepEqual(idsAfter('DEPLOY_SERVICES:wave 1'), ['close']);
      const { DEPLOY_SERVICES, DEPLOY_INGRESS } = await states();
      assert.deepEqual([DEPLOY_SERVICES, DEPLOY_INGRESS], ['CANCELLED', 'FAILED']);
    });

    it('cancels the ingress and the other services of the wave beside a failed service', async () => {
      await start({
        deployService: async ({ service }: DeployServiceInput) => {
          if (service !== 'ml-service') return endsSlowly();
          await fakes.reached('begin DEPLOY_INGRESS:certificate');
          return fails('UNAVAILABLE')();
        },
        issueCertificate: endsSlowly,
      });
      assert.equal((await driver.outcome).status, 'FAILED');
      for (const sibling of ['DEPLOY_SERVICES:query-engine', 'DEPLOY_INGRESS:certificate']) assertOrder('end DEPLOY_SERVICES:ml-service', `end ${sibling}`, 'begin close');
      assert.equal(closing()?.reason, '250 zones are the limit');
      assert.ok(!ids().includes('DEPLOY_SERVICES:wave 1'));
    });

    it('closes nothing when a newer operation has taken over', async () => {
      await start({ createNamespace: fails('SUPERSEDED') });
      const outcome = await driver.outcome;
      assert.ok(outcome.status === 'FAILED' && outcome.error instanceof ApplicationFailure);
      assert.equal(outcome.error.type, 'SUPERSEDED');
      assert.deepEqual(ids(), ['VALIDATE', 'CREATE_NAMESPACE']);
    });
  });

  describe('that is cancelled', () => {
    it('in a phase: undoes what was begun, in the teardown order, and closes as cancelled', async () => {
      await start({ deployDatabases: untilCancelled });
      assert.deepEqual(await cancelAt('DEPLOY_DATABASES'), { status: 'CANCELLED' });
      assert.deepEqual(idsAfter('DEPLOY_DATABASES'), ['begin', 'DROP_DATABASES', 'REMOVE_NAMESPACE', 'close']);
      assertOrder('end DEPLOY_DATABASES', 'begin DROP_DATABASES', 'end DROP_DATABASES', 'begin REMOVE_NAMESPACE', 'end REMOVE_NAMESPACE', 'begin close');
      const { end, reason, undone } = closing()!;
      assert.deepEqual({ end, reason, undone }, { end: 'CANCELLED', reason: 'cancelled', undone: true });
      const { DEPLOY_DATABASES, REMOVE_NAMESPACE } = await states();
      assert.deepEqual([DEPLOY_DATABASES, REMOVE_NAMESPACE], ['CANCELLED', 'COMPLETED']);
    });

    it('in the parallel phases: stops both before it undoes', async () => {
      await start({ deployService: untilCancelled, issueCertificate: untilCancelled });
      await fakes.reached('begin DEPLOY_INGRESS:certificate');
      assert.equal((await cancelAt('DEPLOY_SERVICES:query-engine')).status, 'CANCELLED');
      assertOrder('end DEPLOY_SERVICES:query-engine', 'begin WITHDRAW_INGRESS');
      assertOrder('end DEPLOY_INGRESS:certificate', 'begin WITHDRAW_INGRESS');
      const undone = TEARDOWN_STEPS.filter((step) => step !== 'REMOVE_CONFIGURATION' && step !== 'REMOVE_REGISTRATIONS');
      assert.deepEqual(ids().slice(-undone.length - 1), [...undone, 'close']);
    });

    it('in VALIDATE: lets it end, and has nothing to undo', async () => {
      await start({ validate: async () => { driver.cancel(); await sleep(5); return accepted(); } });
      assert.equal((await driver.outcome).status, 'CANCELLED');
      assert.deepEqual(ids(), ['VALIDATE', 'begin', 'close']);
      assert.equal(closing()?.undone, true);
    });

    it('while an activity succeeds: begins nothing new', async () => {
      await start({ deploySecrets: async () => { driver.cancel(); return {} as never; } });
      assert.equal((await driver.outcome).status, 'CANCELLED');
      assert.deepEqual(idsAfter('DEPLOY_SECRETS'), ['begin', 'DROP_DATABASES', 'REMOVE_NAMESPACE', 'close']);
    });

    it('while an activity takes no notice and succeeds later: begins nothing new', async () => {
      await start({ deploySecrets: async () => { driver.cancel(); await sleep(10); return {} as never; } });
      assert.equal((await driver.outcome).status, 'CANCELLED');
      assert.deepEqual(idsAfter('DEPLOY_SECRETS'), ['begin', 'DROP_DATABASES', 'REMOVE_NAMESPACE', 'close']);
    });

    it('while an activity fails of itself: is cancelled, not failed', async () => {
      await start({ configure: async () => { driver.cancel(); await sleep(5); throw ApplicationFailure.nonRetryable('broken'); } });
      assert.equal((await driver.outcome).status, 'CANCELLED');
      assert.equal(closing()?.end, 'CANCELLED');
      assert.deepEqual(idsAfter('CONFIGURE'), ['begin', ...TEARDOWN_STEPS.filter((step) => step !== 'REMOVE_REGISTRATIONS'), 'close']);
    });

    it('with an undo that fails: tries the rest, and says that the rollback is incomplete', async () => {
      await start({
        deployDatabases: untilCancelled,
        dropDatabases: async () => { throw ApplicationFailure.nonRetryable('the database is away', 'UNAVAILABLE'); },
      });
      assert.equal((await cancelAt('DEPLOY_DATABASES')).status, 'CANCELLED');
      assert.deepEqual(idsAfter('DEPLOY_DATABASES'), ['begin', 'DROP_DATABASES', 'REMOVE_NAMESPACE', 'close']);
      const { end, reason, undone } = closing()!;
      assert.deepEqual({ end, reason, undone }, { end: 'CANCELLED', reason: 'rollback incomplete: the database is away', undone: false });
      const { DROP_DATABASES, REMOVE_NAMESPACE } = await states();
      assert.deepEqual([DROP_DATABASES, REMOVE_NAMESPACE], ['FAILED', 'COMPLETED']);
    });

    it('with Azure DNS away: keeps the load balancer that its records point to, and undoes what does not need them gone', async () => {
      await start({ configure: untilCancelled, withdrawIngress: async () => { throw ApplicationFailure.nonRetryable('Azure DNS is away', 'UNAVAILABLE'); } });
      assert.equal((await cancelAt('CONFIGURE')).status, 'CANCELLED');
      assert.deepEqual(idsAfter('CONFIGURE'), ['begin', 'WITHDRAW_INGRESS', 'DROP_DATABASES', 'REMOVE_CONFIGURATION', 'close']);
      assert.equal(closing()?.reason, 'rollback incomplete: Azure DNS is away');
    });

    it('a second time while it undoes: goes on undoing', async () => {
      await start({ deployDatabases: untilCancelled, dropDatabases: async () => { driver.cancel(); await sleep(5); return {} as never; } });
      assert.equal((await cancelAt('DEPLOY_DATABASES')).status, 'CANCELLED');
      assert.equal(closing()?.undone, true);
    });

    it('in ACTIVATE: takes no notice', async () => {
      await start({ activate: async () => { driver.cancel(); await sleep(10); return {} as never; } });
      assert.equal((await driver.outcome).status, 'COMPLETED');
      assert.deepEqual(idsAfter('ACTIVATE'), []);
      assert.equal((await states())['ACTIVATE'], 'COMPLETED');
    });

    it('in an ACTIVATE that fails: is a failed run, for what was announced is not taken back', async () => {
      await start({ activate: async () => { driver.cancel(); await sleep(5); throw ApplicationFailure.nonRetryable('no broker'); } });
      assert.equal((await driver.outcome).status, 'FAILED');
      assert.deepEqual(idsAfter('ACTIVATE'), ['close']);
      assert.equal(closing()?.end, 'FAILED');
    });
  });

  describe('schedules every activity', () => {
    it('with a name, a line for the Web UI, timeouts, and a cancellation that waits', async () => {
      await start({ verify: untilCancelled });
      await cancelAt('VERIFY');
      assert.ok(ids().includes('close') && ids().includes('REMOVE_NAMESPACE'));
      assert.equal(new Set(ids()).size, ids().length);
      for (const { id, summary, command } of driver.scheduled) {
        assert.ok(id && summary, `${id}: ${summary}`);
        assert.equal(command.cancellationType, coresdk.workflow_commands.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED, id);
        assert.ok(Number(command.startToCloseTimeout?.seconds) > 0, id);
        assert.equal(Number(command.heartbeatTimeout?.seconds), id === 'VALIDATE' ? 60 : 8, id);
        assert.equal(command.scheduleToCloseTimeout ?? null, null, id);
        assert.equal(command.retryPolicy?.maximumAttempts ?? 0, 0, `${id} has no limit on attempts: restarts of workers do not count`);
      }
    });
  });
});
