import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withCallContext } from '../../../connectors/call-context.ts';
import { createHelmRunner, type RunHelm } from '../../../connectors/helm/process.ts';

describe('helm processes', () => {
  let folder: string;
  let runHelm: RunHelm;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'helm-process-'));
    const binary = join(folder, 'helm');
    await writeFile(binary, '#!/bin/sh\nexec sleep "$2"\n');
    await chmod(binary, 0o755);
    runHelm = createHelmRunner({ HELM_BINARY: binary, HELM_CONCURRENCY: 1, HELM_TIMEOUT_SECONDS: 1, TENANT_SERVICE_KUBECONFIG: undefined });
  });
  after(() => rm(folder, { recursive: true }));

  it('have their whole time from when they start: the wait for a slot is not part of it', async () => {
    const results = await Promise.all(['0.6', '0.6', '0.6'].map((seconds) => runHelm(['list', seconds])));
    assert.deepEqual(results.map(({ failed }) => failed), [false, false, false]);
  });

  it('are ended when their time is over', () => assert.rejects(runHelm(['list', '5']), { failureClass: 'UNAVAILABLE', message: 'helm took longer than 1 s' }));

  it('leave the queue with the activity that waits', async () => {
    const cancel = new AbortController();
    const first = runHelm(['list', '0.5']);
    const waiting = withCallContext({ signal: cancel.signal, tenantId: 't', requestId: 'r' }, () => runHelm(['list', '0.1']));
    await sleep(50);
    cancel.abort(new Error('cancelled'));
    await assert.rejects(waiting, { message: 'cancelled' });
    await first;
  });
});
