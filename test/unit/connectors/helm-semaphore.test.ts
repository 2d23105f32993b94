import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Semaphore } from '../../../connectors/helm/semaphore.ts';

const never = new AbortController().signal;

describe('the queue before helm', () => {
  it('runs so many at a time, in the order they came', async () => {
    const slots = new Semaphore(2);
    const started: number[] = [];
    let running = 0;
    let most = 0;
    await Promise.all([0, 1, 2, 3, 4].map((number) => slots.run(never, async () => {
      started.push(number);
      most = Math.max(most, ++running);
      await sleep(5);
      running -= 1;
    })));
    assert.deepEqual(started, [0, 1, 2, 3, 4]);
    assert.equal(most, 2);
  });

  it('frees its place after a failure', async () => {
    const slots = new Semaphore(1);
    await assert.rejects(slots.run(never, () => Promise.reject(new Error('failed'))), /failed/);
    assert.equal(await slots.run(never, () => Promise.resolve('next')), 'next');
  });

  it('lets a cancelled one leave the queue at once, and those behind it move up', async () => {
    const slots = new Semaphore(1);
    const { signal, abort } = cancellable();
    const first = slots.run(never, () => sleep(20));
    const cancelled = slots.run(signal, () => Promise.reject(new Error('must not run')));
    const last = slots.run(never, () => Promise.resolve('ran'));
    abort();
    await assert.rejects(cancelled, /cancelled/);
    assert.equal(await last, 'ran');
    await first;
  });
});

const cancellable = (): { signal: AbortSignal; abort: () => void } => {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('cancelled')) };
};
