import assert from 'node:assert/strict';
import { deletionWaitWorkflowIdOf, SLUG_PATTERN, workflowIdOf } from '../../tenant/names.ts';

describe('the workflow ids', () => {
  it('a wait for a deletion has an id that no slug gives', () => {
    const waitId = deletionWaitWorkflowIdOf(crypto.randomUUID());
    const prefix = workflowIdOf('');
    assert.ok(!waitId.startsWith(prefix), 'else some slug may follow the prefix');
    for (const slug of ['acme', 'acme-deletion', 'deletion-of-acme']) assert.ok(SLUG_PATTERN.test(slug) && workflowIdOf(slug).startsWith(prefix));
  });
});
