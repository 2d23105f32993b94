import assert from 'node:assert/strict';
import { attemptAll } from '../../../activities/attempt-all.ts';
import { OwnershipLost } from '../../../activities/ownership.ts';
import { TenantError, type FailureClass } from '../../../tenant/errors.ts';

const failing = (failureClass: FailureClass, message: string, retryAfterSeconds?: number) => async (): Promise<never> => {
  throw new TenantError(failureClass, message, { ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
};

describe('independent pieces of work', () => {
  it('are all attempted, and those that failed are named in one error', async () => {
    const { done, problem } = await attemptAll<unknown>({ one: async () => 1, two: failing('CONFLICT', 'is foreign'), three: async () => 3, four: failing('CEILING_REACHED', 'is full') });
    assert.deepEqual(done, { one: 1, three: 3 });
    assert.ok(problem instanceof TenantError);
    assert.deepEqual([problem.failureClass, problem.message], ['CONFLICT', 'two: is foreign; four: is full']);
  });

  it('are tried again as long as one of them may succeed, after the longest pause that one asks for', async () => {
    const { problem } = await attemptAll({ a: failing('CONFLICT', 'x', 9_000), b: failing('THROTTLED', 'slow', 20), c: failing('NOT_READY', 'soon', 5) });
    assert.ok(problem instanceof TenantError);
    assert.deepEqual([problem.failureClass, problem.retryAfterSeconds], ['NOT_READY', 20]);
  });

  it('count an error that nothing classified as an outage', async () => {
    const { problem } = await attemptAll({ a: () => Promise.reject(new TypeError('oops')) });
    assert.deepEqual([(problem as TenantError).failureClass, problem?.message], ['UNAVAILABLE', 'a: TypeError: oops']);
  });

  it('are abandoned once another attempt or run has taken over', async () => {
    for (const loss of [new OwnershipLost('a successor'), new TenantError('SUPERSEDED', 'too late')]) {
      await assert.rejects(attemptAll({ a: failing('CONFLICT', 'x'), b: () => Promise.reject(loss) }), loss);
    }
  });

  it('have no error when all succeed', async () => assert.deepEqual(await attemptAll({ a: async () => 1 }), { done: { a: 1 }, problem: undefined }));
});
