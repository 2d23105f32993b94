import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { callSignal, withCallContext } from '../../../connectors/call-context.ts';

/** Collects garbage now. */
const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
};

const inContext = <Result>(signal: AbortSignal, body: () => Promise<Result>) => withCallContext({ signal, tenantId: 't', requestId: 'r' }, body);

describe('the signal of a call', () => {
  it('ends it when its time is over, whatever garbage was collected meanwhile', async () => {
    await inContext(new AbortController().signal, async () => {
      const signal = callSignal(200);
      const aborted = once(signal, 'abort');
      await sleep(20);
      collectGarbage();
      assert.equal(await Promise.race([aborted.then(() => 'over'), sleep(3_000, 'still at work', { ref: false })]), 'over');
      assert.equal((signal.reason as Error).name, 'TimeoutError');
    });
  });

  it('ends it with the activity, for the activity\'s reason', async () => {
    const activity = new AbortController();
    await inContext(activity.signal, async () => {
      const signal = callSignal(60_000);
      activity.abort(new Error('cancelled'));
      assert.equal((signal.reason as Error).message, 'cancelled');
    });
  });
});
