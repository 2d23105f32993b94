import assert from 'node:assert/strict';
import { committedHistories, replay, type NamedHistory } from '../support/replay.ts';

/** What every release has to be able to go on with. */
const REQUIRED = [
  'success', 'refusal', 'failure', 'retry', 'cancel', 'reset', 'rollback', 'reprovision', 'suspension', 'reactivation', 'tier-change', 'tier-return',
  'tier-refusal', 'reconfiguration', 'deletion-wait', 'deletion',
];

describe('the committed histories', function () {
  this.timeout(120_000);
  let histories: NamedHistory[];

  before(async () => { histories = await committedHistories(); });

  it('cover every kind of operation and every way a provisioning ends', () => {
    const names = histories.map(({ workflowId }) => workflowId);
    assert.deepEqual(REQUIRED.filter((name) => !names.includes(name)), []);
  });

  it('are each taken the same way by the present workflows', () => replay(histories));

  it('are not taken when an activity has another name', async () => {
    const { history } = structuredClone(histories.find(({ workflowId }) => workflowId === 'success')!);
    const attributes = history.events?.find((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'deployDatabases')?.activityTaskScheduledEventAttributes;
    attributes!.activityType!.name = 'dropDatabases';
    await assert.rejects(replay([{ workflowId: 'tampered', history }]), /tampered does not replay: .*nondeterminism/i);
  });
});
