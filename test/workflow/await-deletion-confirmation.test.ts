import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities.ts';
import type {
  CheckConfirmationInput, CloseDeletionRequestInput, ConfirmationVerdict, ConfirmedTenant, DeletionRequest, DeletionWaitResult, OpenedDeletionRequest,
} from '../../tenant/deletion.ts';
import { deletionWaitWorkflowIdOf } from '../../tenant/names.ts';
import { fakeActivities, untilCancelled, type FakeActivities } from '../support/fake-activities.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { WorkflowDriver, type DriverOptions } from '../support/workflow-driver.ts';

const REQUEST: DeletionRequest = { tenantId: crypto.randomUUID(), slug: 'acme', actor: 'admin@matih.example' };
const RIGHT = 'ABCDE-FGHJK';
const FIFTEEN_MINUTES = 900_000;

describe('awaitDeletionConfirmation', () => {
  let driver: WorkflowDriver;
  let fakes: FakeActivities;

  interface Given {
    opened?: Partial<OpenedDeletionRequest>;
    verdict?: (input: CheckConfirmationInput) => Partial<ConfirmationVerdict>;
    children?: NonNullable<DriverOptions['children']>;
    overrides?: Partial<Activities>;
    /** How the tenant is found after the confirmation, look by look; the last one stays. */
    standing?: Partial<ConfirmedTenant>[];
    originalRunId?: string;
  }

  const start = async ({ opened = {}, verdict, children = {}, overrides = {}, standing = [{}], originalRunId }: Given = {}): Promise<void> => {
    let triesLeft = 5;
    const looks = [...standing];
    fakes = fakeActivities({
      openDeletionRequest: async () => ({ confirmationSeconds: 900, tries: 5, gracePeriodMinutes: 0, heartbeatTimeoutSeconds: 8, ...opened }),
      checkConfirmation: async (input) => {
        const outcome = input.confirmation.code === RIGHT ? 'ACCEPTED' : 'WRONG';
        if (outcome === 'WRONG') triesLeft -= 1;
        return { outcome, triesLeft, suspendable: true, ...verdict?.(input) };
      },
      closeDeletionRequest: async ({ state, reason }) => ({ result: state, ...(reason !== undefined && { reason }) }),
      inspectConfirmedTenant: async () => ({ suspendedByWait: true, departure: null, ...(looks.length > 1 ? looks.shift() : looks[0]) }),
      ...overrides,
    });
    driver = await WorkflowDriver.start({
      workflowType: 'awaitDeletionConfirmation', workflowId: deletionWaitWorkflowIdOf(REQUEST.tenantId), input: REQUEST, activities: fakes.activities, children,
      ...(originalRunId !== undefined && { originalRunId }),
    });
  };
  /** Waits until the deletion was tried to be started. */
  const tried = async () => {
    while (driver.children.length === 0) await driver.currentDetails();
  };
  const ids = () => driver.scheduled.map(({ id }) => id);
  const children = () => driver.children.map(({ type, workflowId }) => `${type} ${workflowId}`);
  const closings = () => driver.scheduled.filter(({ type }) => type === 'closeDeletionRequest').map(({ input }) => input as CloseDeletionRequestInput);
  const closing = () => closings()[0]?.state;
  const ended = async () => {
    const outcome = await driver.outcome;
    assert.equal(outcome.status, 'COMPLETED');
    return (outcome as { result: DeletionWaitResult }).result;
  };
  const resultOf = async () => (await ended()).result;

  before(async function () {
    this.timeout(60_000);
    await workflowBundle();
  });
  afterEach(() => driver.dispose());

  it('sends the code, waits, checks what comes, and starts the deletion as a run of its own', async () => {
    await start();
    await fakes.reached('end request');
    driver.signal('confirmDeletion', RIGHT);
    assert.equal(await resultOf(), 'CONFIRMED');
    assert.deepEqual(ids(), ['request', 'code', 'check:1']);
    assert.deepEqual(children(), ['deleteTenant tenant-acme']);
    assert.deepEqual(driver.children[0]?.input, { tenantId: REQUEST.tenantId, slug: 'acme', actor: REQUEST.actor });
    assert.equal(driver.children[0]?.command.parentClosePolicy, 2, 'abandoned: it outlives the wait');
  });

  it('takes a code that came before it was ready, and one in an object', async () => {
    await start();
    driver.signal('confirmDeletion', { code: RIGHT, requestId: 'r', actor: 'somebody', signature: 's' });
    assert.equal(await resultOf(), 'CONFIRMED');
    assert.deepEqual((driver.scheduled.at(-1)!.input as CheckConfirmationInput).confirmation, { code: RIGHT, requestId: 'r', actor: 'somebody', signature: 's' });
  });

  it('goes on after wrong codes, one check each, in the order they came', async () => {
    await start();
    for (const code of ['1', '2', RIGHT]) driver.signal('confirmDeletion', code);
    assert.equal(await resultOf(), 'CONFIRMED');
    assert.deepEqual(driver.scheduled.filter(({ type }) => type === 'checkConfirmation').map(({ input }) => (input as CheckConfirmationInput).confirmation.code), ['1', '2', RIGHT]);
  });

  it('ends when the tries are used up, whatever comes then', async () => {
    await start();
    for (const code of ['1', '2', '3', '4', '5', RIGHT]) driver.signal('confirmDeletion', code);
    assert.equal(await resultOf(), 'TRIES_EXHAUSTED');
    assert.deepEqual(children(), []);
  });

  it('survives any argument of its signals', async () => {
    await start();
    for (const nonsense of [undefined, null, 7, [], {}, { code: 7 }, 'x'.repeat(100_000)]) driver.signal('confirmDeletion', nonsense);
    driver.signal('confirmDeletion');
    driver.signal('noSuchSignal', 1);
    driver.signal('confirmDeletion', RIGHT);
    assert.equal(await resultOf(), 'CONFIRMED');
    assert.deepEqual(ids(), ['request', 'code', 'check:1', 'check:2']);
  });

  it('expires after its time', async () => {
    await start();
    await fakes.reached('end request');
    await driver.currentDetails();
    await driver.pass(FIFTEEN_MINUTES);
    assert.equal(await resultOf(), 'EXPIRED');
    assert.equal(closing(), 'EXPIRED');
    assert.deepEqual(children(), []);
  });

  it('is called off by its signal, before a code that came with it', async () => {
    await start();
    driver.signal('confirmDeletion', RIGHT);
    driver.signal('cancelDeletion');
    assert.equal(await resultOf(), 'CALLED_OFF');
    assert.deepEqual(ids(), ['request', 'code', 'close']);
    assert.deepEqual(children(), []);
  });

  it('is called off by a cancel, and then ends as cancelled', async () => {
    await start();
    await fakes.reached('end request');
    driver.cancel();
    assert.deepEqual(await driver.outcome, { status: 'CANCELLED' });
    assert.equal(closing(), 'CALLED_OFF');
  });

  it('waits on for the other admin, and while another operation is running', async () => {
    const outcomes = ['ONE_OF_TWO', 'BUSY', 'UNSIGNED', 'ACCEPTED'] as const;
    await start({ verdict: ({ number }) => ({ outcome: outcomes[number - 1] ?? 'CLOSED' }) });
    for (const _ of outcomes) driver.signal('confirmDeletion', RIGHT);
    assert.equal(await resultOf(), 'CONFIRMED');
    assert.deepEqual(ids(), ['request', 'code', 'check:1', 'check:2', 'check:3', 'check:4']);
  });

  it('waits for a run that is about to close, then starts the deletion', async () => {
    await start({ children: { deleteTenant: ['BUSY', 'BUSY', 'SUCCEEDS'] } });
    driver.signal('confirmDeletion', RIGHT);
    await tried();
    assert.deepEqual([await driver.passNext(), await driver.passNext()], [1000, 2000]);
    assert.equal(await resultOf(), 'CONFIRMED');
    assert.deepEqual(children(), Array.from({ length: 3 }, () => 'deleteTenant tenant-acme'));
  });

  it('is refused when another operation keeps the tenant', async () => {
    await start({ children: { deleteTenant: 'BUSY' } });
    driver.signal('confirmDeletion', RIGHT);
    await tried();
    for (let pause = 1; pause <= 5; pause += 1) await driver.passNext();
    assert.equal(await resultOf(), 'REFUSED');
    assert.equal(closing(), 'REFUSED');
  });

  it('is called off while another operation has the tenant', async () => {
    await start({ children: { deleteTenant: 'BUSY' } });
    driver.signal('confirmDeletion', RIGHT);
    await tried();
    await driver.passNext();
    driver.signal('cancelDeletion');
    assert.equal(await resultOf(), 'CALLED_OFF');
  });

  describe('whose code is not sent yet', () => {
    const sending = { overrides: { sendDeletionCode: untilCancelled } };

    it('is called off all the same', async () => {
      await start(sending);
      await fakes.reached('begin code');
      driver.signal('cancelDeletion');
      assert.equal(await resultOf(), 'CALLED_OFF');
    });

    it('runs out of time all the same', async () => {
      await start(sending);
      await fakes.reached('begin code');
      await driver.pass(FIFTEEN_MINUTES);
      assert.equal(await resultOf(), 'EXPIRED');
    });

    it('keeps waiting when the notification is refused for good', async () => {
      await start({ overrides: { sendDeletionCode: async () => { throw ApplicationFailure.nonRetryable('no such address', 'INVALID_REQUEST'); } } });
      await fakes.reached('end code');
      driver.signal('confirmDeletion', RIGHT);
      assert.equal(await resultOf(), 'CONFIRMED');
    });
  });

  it('records the reason when it cannot continue after the request', async () => {
    await start({ overrides: { checkConfirmation: async () => { throw ApplicationFailure.nonRetryable('failed by an operator'); } } });
    driver.signal('confirmDeletion', RIGHT);
    assert.equal((await driver.outcome).status, 'FAILED');
    assert.deepEqual(closings().map(({ state, reason }) => [state, reason]), [['REFUSED', 'failed by an operator']]);
  });

  it('is a failed run when the request is refused', async () => {
    await start({ overrides: { openDeletionRequest: async () => { throw ApplicationFailure.nonRetryable('a second admin has to be named', 'INVALID_REQUEST'); } } });
    const outcome = await driver.outcome;
    assert.ok(outcome.status === 'FAILED' && outcome.error instanceof ApplicationFailure);
    assert.deepEqual([outcome.error.type, outcome.error.message], ['INVALID_REQUEST', 'a second admin has to be named']);
  });

  describe('with a grace period', () => {
    const GRACE = { opened: { gracePeriodMinutes: 60 } };
    const AN_HOUR = 3_600_000;

    /** Confirms, and waits until the grace period runs. */
    const confirmed = async (given: Given = {}): Promise<void> => {
      await start({ ...GRACE, ...given });
      driver.signal('confirmDeletion', RIGHT);
      for (;;) if ((await driver.currentDetails()).startsWith('Confirmed. The deletion begins at')) return;
    };

    /** Confirms, and waits until the tenant was suspended. */
    const suspended = async (given: Given = {}): Promise<void> => {
      await confirmed(given);
      for (;;) if (/the tenant is suspended/.test(await driver.currentDetails())) return;
    };

    it('suspends the tenant, lets the time pass, looks whether it is as it was confirmed, then deletes it', async () => {
      await suspended();
      assert.deepEqual(children(), ['suspendTenant tenant-acme']);
      await driver.pass(AN_HOUR);
      assert.equal(await resultOf(), 'CONFIRMED');
      assert.deepEqual(children(), ['suspendTenant tenant-acme', 'deleteTenant tenant-acme']);
      assert.equal(ids().at(-1), 'inspect');
    });

    it('does not delete a tenant that is not as it was confirmed', async () => {
      await suspended({ standing: [{ suspendedByWait: false, departure: 'REACTIVATION by bob came after the confirmation' }] });
      await driver.pass(AN_HOUR);
      assert.deepEqual(await ended(), { result: 'REFUSED', reason: 'REACTIVATION by bob came after the confirmation' });
      assert.deepEqual(children(), ['suspendTenant tenant-acme']);
    });

    it('does not begin the deletion before the suspension has ended, which may be called off', async () => {
      await confirmed({ children: { suspendTenant: 'RUNS' } });
      await driver.pass(AN_HOUR);
      await driver.currentDetails();
      assert.deepEqual(children(), ['suspendTenant tenant-acme']);
      driver.signal('cancelDeletion');
      await fakes.reached('end close');
      assert.equal(closing(), 'CALLED_OFF', 'the request has ended at once');
      driver.signal('makeRoom');
      assert.match((await ended()).reason ?? '', /requested anew/);
    });

    it('gives the tenant back what it had when it is called off', async () => {
      await suspended();
      driver.signal('cancelDeletion');
      assert.equal(await resultOf(), 'CALLED_OFF');
      assert.deepEqual(children(), ['suspendTenant tenant-acme', 'reactivateTenant tenant-acme']);
      assert.deepEqual(ids().slice(-2), ['close', 'inspect:1'], 'a reactivation is admitted only once the request has ended');
    });

    it('gives back nothing once the deletion has begun, which the record tells', async () => {
      await suspended({ overrides: { closeDeletionRequest: async () => ({ result: 'CONFIRMED' }) } });
      driver.signal('cancelDeletion');
      assert.deepEqual(await ended(), { result: 'CONFIRMED' });
      assert.deepEqual(children(), ['suspendTenant tenant-acme']);
    });

    it('gives it back although room was asked for before its end, which was meant for an earlier wait', async () => {
      await suspended({ children: { reactivateTenant: ['FAILS', 'SUCCEEDS'] } });
      driver.signal('makeRoom');
      driver.signal('cancelDeletion');
      await driver.passNext();
      assert.deepEqual(await ended(), { result: 'CALLED_OFF' });
      assert.deepEqual(children(), ['suspendTenant tenant-acme', 'reactivateTenant tenant-acme', 'reactivateTenant tenant-acme']);
    });

    it('gives it back when it is cancelled', async () => {
      await suspended();
      driver.cancel();
      assert.deepEqual(await driver.outcome, { status: 'CANCELLED' });
      assert.deepEqual(children(), ['suspendTenant tenant-acme', 'reactivateTenant tenant-acme']);
    });

    it('reactivates it when the suspension failed after the tenant was suspended', async () => {
      await confirmed({ children: { suspendTenant: 'FAILS' } });
      driver.signal('cancelDeletion');
      assert.equal(await resultOf(), 'CALLED_OFF');
      assert.deepEqual(children(), ['suspendTenant tenant-acme', 'reactivateTenant tenant-acme']);
    });

    it('reactivates it when the deletion is refused', async () => {
      await suspended({ children: { deleteTenant: 'BUSY' } });
      await driver.pass(AN_HOUR);
      for (let pause = 1; pause <= 5; pause += 1) await driver.passNext();
      assert.equal(await resultOf(), 'REFUSED');
      assert.equal(children().at(-1), 'reactivateTenant tenant-acme');
    });

    it('retries the reactivation until it succeeds, with growing pauses', async () => {
      await suspended({ children: { reactivateTenant: ['FAILS', 'BUSY', 'FAILS', 'SUCCEEDS'] } });
      driver.signal('cancelDeletion');
      const pauses = [await driver.passNext(), await driver.passNext(), await driver.passNext()];
      assert.deepEqual(pauses, [60_000, 1_000, 120_000]);
      assert.deepEqual(await ended(), { result: 'CALLED_OFF' });
      assert.equal(children().filter((child) => child.startsWith('reactivateTenant')).length, 4);
    });

    it('stops when another caller has reactivated the tenant', async () => {
      await suspended({ children: { reactivateTenant: 'FAILS' }, standing: [{}, { suspendedByWait: false }] });
      driver.signal('cancelDeletion');
      await driver.passNext();
      assert.deepEqual(await ended(), { result: 'CALLED_OFF' });
      assert.equal(children().filter((child) => child.startsWith('reactivateTenant')).length, 1);
    });

    it('says so when the tenant could not be reactivated within a day', async () => {
      await suspended({ children: { reactivateTenant: 'FAILS' } });
      driver.signal('cancelDeletion');
      for (let passed = 0; passed < 24 * AN_HOUR; passed += await driver.passNext());
      assert.deepEqual(await ended(), { result: 'CALLED_OFF', reason: 'the tenant could not be reactivated within a day' });
      assert.deepEqual(closings().map(({ reason }) => reason), [undefined, 'the tenant could not be reactivated within a day']);
    });

    it('makes room for a new request while it tries to reactivate the tenant, after every kind of end', async () => {
      for (const end of ['cancelDeletion', 'cancel'] as const) {
        await suspended({ children: { reactivateTenant: end === 'cancel' ? 'RUNS' : 'FAILS' } });
        if (end === 'cancel') driver.cancel();
        else driver.signal(end);
        while (!children().includes('reactivateTenant tenant-acme')) await driver.currentDetails();
        driver.signal('makeRoom');
        assert.equal((await driver.outcome).status, end === 'cancel' ? 'CANCELLED' : 'COMPLETED');
        assert.match(closings().at(-1)?.reason ?? '', /its deletion was requested anew/);
        if (end === 'cancelDeletion') await driver.dispose();
      }
    });

    describe('that is reset after the confirmation', () => {
      const RESET = { originalRunId: 'the run before' };

      it('gives the tenant back, whose suspension it does not remember, and says why nothing is deleted', async () => {
        await start({ ...GRACE, ...RESET, verdict: () => ({ outcome: 'CLOSED', reason: 'CONFIRMED' }) });
        driver.signal('confirmDeletion', RIGHT);
        assert.deepEqual(await ended(), { result: 'REFUSED', reason: 'its wait was reset after the confirmation' });
        assert.deepEqual(children(), ['reactivateTenant tenant-acme']);
      });

      it('gives it back when it cannot even open the request', async () => {
        const openDeletionRequest = async () => { throw ApplicationFailure.nonRetryable('its wait was reset after the confirmation', 'SUPERSEDED'); };
        await start({ ...RESET, overrides: { openDeletionRequest } });
        assert.equal((await driver.outcome).status, 'FAILED');
        assert.deepEqual(closings().map(({ state, reason }) => [state, reason]), [['REFUSED', 'its wait was reset after the confirmation']]);
        assert.deepEqual(children(), ['reactivateTenant tenant-acme']);
      });

      it('starts nothing when the tenant is not suspended, or not by the wait', async () => {
        await start({ ...RESET, standing: [{ suspendedByWait: false }] });
        driver.signal('cancelDeletion');
        assert.equal(await resultOf(), 'CALLED_OFF');
        assert.deepEqual(children(), []);
      });
    });

    it('leaves a tenant suspended that was not suspended by it', async () => {
      await confirmed({ verdict: () => ({ suspendable: false }) });
      assert.deepEqual(children(), []);
      driver.signal('cancelDeletion');
      assert.equal(await resultOf(), 'CALLED_OFF');
      assert.deepEqual(children(), []);
    });

    it('continues without a suspension while another operation has the tenant, and then reactivates nothing', async () => {
      await confirmed({ children: { suspendTenant: 'BUSY' } });
      for (let pause = 1; pause <= 5; pause += 1) await driver.passNext();
      await driver.currentDetails();
      driver.signal('cancelDeletion');
      assert.equal(await resultOf(), 'CALLED_OFF');
      assert.equal(children().filter((child) => child.startsWith('reactivateTenant')).length, 0);
    });
  });
});
