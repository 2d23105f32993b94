import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { withCallContext } from '../../../connectors/call-context.ts';
import { createHealthChecker } from '../../../connectors/health/checker.ts';

describe('the health checker', () => {
  let proxy: Server;
  let address: string;
  let asked: (string | undefined)[] = [];
  let statuses: number[] = [];

  before(async () => {
    proxy = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(statuses.shift() ?? 200).end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  });
  after(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  beforeEach(() => {
    asked = [];
    statuses = [];
  });

  it('asks for the cluster name in absolute form through the proxy, until the service is healthy', async () => {
    statuses = [503];
    const url = 'http://bi-service.matih-data-plane-acme.svc.cluster.local:8084/health';
    const { healthy } = await createHealthChecker({ CLUSTER_HTTP_PROXY: address }).check(url, 5000);
    assert.equal(healthy, true);
    assert.deepEqual(asked, [url, url]);
  });

  it('asks directly when there is no proxy', async () => {
    const { healthy } = await createHealthChecker({ CLUSTER_HTTP_PROXY: undefined }).check(`${address}/health`, 1000);
    assert.equal(healthy, true);
    assert.deepEqual(asked, ['/health']);
  });

  it('says why a service is not healthy when the time is over', async () => {
    statuses = [503, 503, 503];
    const { healthy, reason, milliseconds } = await createHealthChecker({ CLUSTER_HTTP_PROXY: undefined }).check(`${address}/health`, 700);
    assert.deepEqual({ healthy, reason }, { healthy: false, reason: 'answered 503' });
    assert.ok(milliseconds < 1500);
    const away = await createHealthChecker({ CLUSTER_HTTP_PROXY: undefined }).check('http://127.0.0.1:1/health', 100);
    assert.equal(away.reason, 'ECONNREFUSED');
  });

  it('ends with the activity that asks', async () => {
    statuses = Array.from({ length: 20 }, () => 503);
    const reason = new Error('cancelled');
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(reason), 50);
    await assert.rejects(
      withCallContext({ signal: cancel.signal, tenantId: 't', requestId: 'r' }, () => createHealthChecker({ CLUSTER_HTTP_PROXY: undefined }).check(`${address}/health`, 9000)),
      (error: Error) => error === reason || error.cause === reason,
    );
  });
});
