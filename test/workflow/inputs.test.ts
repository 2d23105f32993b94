import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { deletionWaitWorkflowIdOf, workflowIdOf } from '../../tenant/names.ts';
import { fakeActivities, provisioningOf } from '../support/fake-activities.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';
import { WorkflowDriver } from '../support/workflow-driver.ts';

type Input = Record<string, unknown>;

const PROVISIONING = provisioningOf('acme');
const { tenantId, slug, actor } = PROVISIONING;
const OPERATION: Input = { tenantId, slug, actor };

/** A right input of each workflow type. */
const RIGHT: Readonly<Record<string, Input>> = {
  provisionTenant: { ...PROVISIONING },
  rollbackTenant: OPERATION,
  reprovisionTenant: OPERATION,
  suspendTenant: OPERATION,
  reactivateTenant: OPERATION,
  changeTier: { ...OPERATION, tier: 'ENTERPRISE', quota: { cpu: '16', memory: '64Gi', pods: 100 } },
  reconfigureTenant: { ...OPERATION, configuration: { aiModel: 'gpt-4' } },
  deleteTenant: OPERATION,
  awaitDeletionConfirmation: { ...OPERATION, approver: 'second-admin', gracePeriodMinutes: 60 },
};

/** Wrong values of each field; every workflow type has the first three. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  tenantId: [undefined, 'not-a-uuid', tenantId.toUpperCase(), 7],
  slug: [undefined, 'Acme', 'a', 'x'.repeat(33), 'a--b', null],
  actor: [undefined, '', 'x'.repeat(256), 'a\0b', '\ud83d', {}],
  tenant: [undefined, null, 'acme', []],
  tier: [undefined, 'GOLD', 'free'],
  quota: [null, 'much', [], { cpu: 16, memory: '64Gi', pods: 100 }, { cpu: '16', memory: '64Gi' }],
  configuration: [undefined, null, 'none', ['gpt-4']],
  approver: [null, '', 7],
  gracePeriodMinutes: [null, '60', -1, 1.5, 43_201],
};

describe('the input of a run', () => {
  let driver: WorkflowDriver;

  const start = async (workflowType: string, input: unknown, workflowId = workflowType === 'awaitDeletionConfirmation' ? deletionWaitWorkflowIdOf(tenantId) : workflowIdOf(slug)) => {
    driver = await WorkflowDriver.start({ workflowType, workflowId, input, activities: fakeActivities().activities });
  };
  const assertRefused = async (field: string) => {
    const outcome = await driver.outcome;
    assert.ok(outcome.status === 'FAILED' && outcome.error instanceof ApplicationFailure, outcome.status);
    assert.deepEqual([outcome.error.type, outcome.error.nonRetryable], ['INVALID_REQUEST', true]);
    assert.match(outcome.error.message, new RegExp(`${field} `));
    const [{ violations }] = outcome.error.details as [{ violations: { field: string }[] }];
    assert.ok(violations.some((violation) => violation.field.split('.')[0] === field.split('.')[0]), JSON.stringify(violations));
    assert.deepEqual(driver.scheduled, [], 'no activity is scheduled for it');
  };

  before(async function () {
    this.timeout(60_000);
    await workflowBundle();
  });
  afterEach(() => driver.dispose());

  for (const [workflowType, right] of Object.entries(RIGHT)) {
    it(`begins ${workflowType} when it is right`, async () => {
      await start(workflowType, right);
      while (driver.scheduled.length === 0) await driver.currentDetails();
    });

    for (const nothing of [undefined, null, 7, 'acme', []]) {
      it(`fails ${workflowType} at once when it is ${JSON.stringify(nothing)}`, async () => {
        await start(workflowType, nothing);
        const outcome = await driver.outcome;
        assert.ok(outcome.status === 'FAILED' && outcome.error instanceof ApplicationFailure, outcome.status);
        assert.deepEqual([outcome.error.type, driver.scheduled], ['INVALID_REQUEST', []]);
      });
    }

    for (const field of new Set([...Object.keys(right), ...(workflowType === 'changeTier' ? ['quota'] : [])])) {
      for (const value of WRONG[field] ?? []) {
        it(`fails ${workflowType} at once when ${field} is ${JSON.stringify(value)?.slice(0, 40)}`, async () => {
          await start(workflowType, { ...right, [field]: value });
          await assertRefused(field);
        });
      }
    }
  }

  it('reports every violation, not only the first', async () => {
    await start('changeTier', { tier: 'GOLD' });
    for (const field of ['tenantId', 'slug', 'actor', 'tier']) await assertRefused(field);
  });

  it('does not begin a wait for a confirmation under the id of another tenant', async () => {
    await start('awaitDeletionConfirmation', RIGHT['awaitDeletionConfirmation'], deletionWaitWorkflowIdOf(crypto.randomUUID()));
    await assertRefused('tenantId');
  });
});
