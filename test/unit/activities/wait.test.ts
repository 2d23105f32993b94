import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { waitFor } from '../../../activities/wait.ts';

describe('waiting inside an activity', () => {
  const options = { what: 'the moon', timeoutMs: 60, intervalMs: 20 };

  it('ends with the first result', async () => {
    const answers = [undefined, false, 'there'] as const;
    let asked = 0;
    const result = await new MockActivityEnvironment().run(() => waitFor({ ...options, timeoutMs: 1000, probe: () => Promise.resolve(answers[asked++]) }));
    assert.equal(result, 'there');
    assert.equal(asked, 3);
  });

  it('is not ready when its time is over, and says why', async () => {
    await new MockActivityEnvironment().run(() => assert.rejects(
      waitFor({ ...options, probe: () => Promise.resolve(false as const), explain: () => 'clouds' }),
      { failureClass: 'NOT_READY', message: 'still waiting for the moon after 0 s: clouds' },
    ));
  });

  it('ends at once with the activity\'s cancellation', async () => {
    const environment = new MockActivityEnvironment();
    const started = Date.now();
    setTimeout(() => environment.cancel('CANCELLED'), 20);
    await environment.run(() => assert.rejects(
      waitFor({ what: 'the moon', timeoutMs: 60_000, intervalMs: 30_000, probe: () => Promise.resolve(undefined) })));
    assert.ok(Date.now() - started < 2000);
  });
});
