import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jwtVerify } from 'jose';
import { z } from 'zod';
import { withCallContext } from '../../../connectors/call-context.ts';
import { createServiceClient, type ServiceClient } from '../../../connectors/platform/service-client.ts';

const SECRET = 'a secret of at least thirty-two characters';
const CONTEXT = { tenantId: 'tenant-1', requestId: 'run-1' };

describe('the client of platform services', () => {
  let server: Server;
  let client: ServiceClient;
  let seen: IncomingMessage[] = [];
  let reply: { status: number; body: string } | undefined;

  before(async () => {
    server = createServer((request, response) => {
      seen.push(request);
      if (reply) response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`;
    client = createServiceClient('iam-service', url, { SERVICE_JWT_SECRET: SECRET, SERVICE_CALL_TIMEOUT_SECONDS: 1 });
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    seen = [];
    reply = { status: 200, body: '{"ok":true}' };
  });

  const inContext = <T>(body: () => Promise<T>, signal = new AbortController().signal): Promise<T> => withCallContext({ ...CONTEXT, signal }, body);
  const headerOf = (name: string): string => String(seen[0]?.headers[name]);

  it('sends a service token of five minutes', async () => {
    await inContext(() => client.send({ method: 'GET', path: '/x' }));
    const { payload } = await jwtVerify(headerOf('authorization').replace('Bearer ', ''), new TextEncoder().encode(SECRET));
    assert.equal(payload['type'], 'service');
    assert.equal(payload.exp! - payload.iat!, 300);
  });

  it('sends the ids of the call context, and an idempotency key with mutations only', async () => {
    await inContext(() => client.send({ method: 'POST', path: '/x', query: { page: 0 }, body: {}, idempotencyKey: 'key-1' }));
    assert.equal(seen[0]?.url, '/base/x?page=0');
    assert.equal(headerOf('x-tenant-id'), 'tenant-1');
    assert.equal(headerOf('x-request-id'), 'run-1');
    assert.equal(headerOf('x-idempotency-key'), 'key-1');
    seen = [];
    await inContext(() => client.send({ method: 'GET', path: '/x' }));
    assert.equal(seen[0]?.headers['x-idempotency-key'], undefined);
  });

  it('gives two changes without a key different ones, so that the second takes effect too', async () => {
    await inContext(() => client.send({ method: 'PUT', path: '/x', body: {} }));
    await inContext(() => client.send({ method: 'PUT', path: '/x', body: {} }));
    assert.notEqual(seen[0]?.headers['x-idempotency-key'], seen[1]?.headers['x-idempotency-key']);
  });

  it('returns an accepted status and throws any other from 400 up', async () => {
    reply = { status: 404, body: '' };
    assert.equal((await client.send({ method: 'GET', path: '/x', accept: [404] })).status, 404);
    await assert.rejects(client.send({ method: 'GET', path: '/x' }), { failureClass: 'UNAVAILABLE' });
  });

  it('refuses a body of another shape without repeating it', async () => {
    reply = { status: 200, body: '{"password":"hidden"}' };
    const answer = await client.send({ method: 'GET', path: '/x' });
    assert.throws(() => answer.read(z.object({ id: z.string() })), (error: Error) => /id/.test(error.message) && !/hidden/.test(error.message));
  });

  it('gives up after its time limit, and at once when the activity is cancelled', async () => {
    reply = undefined;
    await assert.rejects(inContext(() => client.send({ method: 'GET', path: '/x' })), { failureClass: 'UNAVAILABLE', message: /no answer in time/ });
    const reason = new Error('cancelled');
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(reason), 20);
    await assert.rejects(inContext(() => client.send({ method: 'GET', path: '/x' }), cancel.signal), (error) => error === reason);
  });
});
