import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { startTestApi, token, type TestApi } from '../../support/api-fixture.ts';
import { freePort } from '../../support/postgres.ts';

/** Accepts connections and never answers. */
const silentServer = async (): Promise<{ server: Server; sockets: Set<Socket> }> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, sockets };
};

describe('the API with the database away', () => {
  const good = { name: 'Acme', slug: 'acme', tier: 'FREE', adminEmail: 'admin@acme.example', cloudProvider: 'AZURE', region: 'westeurope' };

  const expectAway = async ({ url }: TestApi): Promise<void> => {
    const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json', 'x-idempotency-key': 'k' };
    for (const [path, init] of [
      ['/api/v1/tenants', { method: 'POST', body: JSON.stringify(good), headers }],
      ['/api/v1/tenants', { headers }],
    ] as const) {
      const started = Date.now();
      const response = await fetch(`${url}${path}`, init);
      assert.equal(response.status, 503);
      assert.equal(response.headers.get('retry-after'), '5');
      assert.equal((await response.json() as { code: string }).code, 'MATIH-TENANT-5002');
      assert.ok(Date.now() - started < 5_000);
    }
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    const ready = await fetch(`${url}/readyz`);
    assert.deepEqual([ready.status, (await ready.json() as { checks: { postgres: { status: string } } }).checks.postgres.status], [503, 'DOWN']);
  };

  it('answers 503 when nobody listens', async () => {
    const api = await startTestApi(`postgresql://x:y@127.0.0.1:${await freePort()}/z`);
    try {
      await expectAway(api);
    } finally {
      await api.server.stop();
    }
  });

  it('answers 503 within 5 s when somebody listens and says nothing', async () => {
    const { server, sockets } = await silentServer();
    const api = await startTestApi(`postgresql://x:y@127.0.0.1:${(server.address() as AddressInfo).port}/z`);
    try {
      await expectAway(api);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
      await api.server.stop();
    }
  }).timeout(20_000);
});
