import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities.ts';
import type { CheckConfirmationInput, CloseDeletionRequestInput, ConfirmationVerdict, DeletionRequest, OpenedDeletionRequest } from '../../tenant/deletion.ts';
import { deletionWaitWorkflowIdOf } from '../../tenant/names.ts';
import { fakeActivities, type FakeActivities } from '../support/fake-activities.ts';
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
  }

  const start = async ({ opened = {}, verdict, children = {}, overrides = {} }: Given = {}): Promise<void> => {
    let triesLeft = 5;
    fakes = fakeActivities({
      openDeletionRequest: async () => ({ confirmationSeconds: 900, tries: 5, gracePeriodMinutes: 0, heartbeatTimeoutSeconds: 8, ...opened }),
      checkConfirmation: async (input) => {
        const outcome = input.confirmation.code === RIGHT ? 'ACCEPTED' : 'WRONG';
        if (outcome === 'WRONG') triesLeft -= 1;
        return { outcome, triesLeft, suspendable: true, ...verdict?.(input) };
      },
      closeDeletionRequest: async ({ state }) => ({ result: state }),
      ...overrides,
    });
    driver = await WorkflowDriver.start({
      workflowType: 'awaitDeletionConfirmation', workflowId: deletionWaitWorkflowIdOf(REQUEST.tenantId), input: REQUEST, activities: fakes.activities, children,
    });
  };
  const ids = () => driver.scheduled.map(({ id }) => id);
  const children = () => driver.children.map(({ type, workflowId }) => `${type} ${workflowId}`);
  const closing = () => (driver.scheduled.find(({ type }) => type === 'closeDeletionRequest')?.input as CloseDeletionRequestInput | undefined)?.state;
  const resultOf = async () => {
    const outcome = await driver.outcome;
    assert.equal(outcome.status, 'COMPLETED');
    return (outcome as { result: { result: string } }).result.result;
  };

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
    assert.deepEqual(ids(), ['request', 'check:1']);
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
    assert.deepEqual(ids(), ['request', 'check:1', 'check:2']);
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
    assert.deepEqual(ids(), ['request', 'close']);
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
    assert.deepEqual(ids(), ['request', 'check:1', 'check:2', 'check:3', 'check:4']);
  });

  it('is refused when another operation has the tenant', async () => {
    await start({ children: { deleteTenant: 'BUSY' } });
    driver.signal('confirmDeletion', RIGHT);
    assert.equal(await resultOf(), 'REFUSED');
    assert.equal(closing(), 'REFUSED');
  });

  it('is a failed run when the code cannot be sent', async () => {
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

    it('suspends the tenant, lets the time pass, then deletes it', async () => {
      await confirmed();
      assert.deepEqual(children(), ['suspendTenant tenant-acme']);
      assert.match(await driver.currentDetails(), /the tenant is suspended/);
      await driver.pass(AN_HOUR);
      assert.equal(await resultOf(), 'CONFIRMED');
      assert.deepEqual(children(), ['suspendTenant tenant-acme', 'deleteTenant tenant-acme']);
    });

    it('gives the tenant back what it had when it is called off', async () => {
      await confirmed();
      driver.signal('cancelDeletion');
      assert.equal(await resultOf(), 'CALLED_OFF');
      assert.deepEqual(children(), ['suspendTenant tenant-acme', 'reactivateTenant tenant-acme']);
    });

    it('gives it back when it is cancelled', async () => {
      await confirmed();
      driver.cancel();
      assert.deepEqual(await driver.outcome, { status: 'CANCELLED' });
      assert.deepEqual(children(), ['suspendTenant tenant-acme', 'reactivateTenant tenant-acme']);
    });

    it('leaves a tenant suspended that was not suspended by it', async () => {
      await confirmed({ verdict: () => ({ suspendable: false }) });
      assert.deepEqual(children(), []);
      driver.signal('cancelDeletion');
      assert.equal(await resultOf(), 'CALLED_OFF');
      assert.deepEqual(children(), []);
    });

    it('goes on when the suspension fails, and then reactivates nothing', async () => {
      await confirmed({ children: { suspendTenant: 'FAILS' } });
      assert.doesNotMatch(await driver.currentDetails(), /the tenant is suspended/);
      driver.signal('cancelDeletion');
      assert.equal(await resultOf(), 'CALLED_OFF');
      assert.deepEqual(children(), ['suspendTenant tenant-acme']);
    });
  });
});
