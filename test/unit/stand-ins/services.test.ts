import assert from 'node:assert/strict';
import { createAudit } from '../../../deploy/local/stand-ins/audit.ts';
import { createConfigService } from '../../../deploy/local/stand-ins/config-service.ts';
import { createIam } from '../../../deploy/local/stand-ins/iam.ts';
import { createInfrastructure } from '../../../deploy/local/stand-ins/infrastructure.ts';
import { createNotification } from '../../../deploy/local/stand-ins/notification.ts';
import { authenticate, serve, token, type Client } from './support.ts';

const TENANT = 'tenant-1';

describe('stand-ins of the platform services', () => {
  let client: Client;
  afterEach(() => client.close());

  describe('authentication', () => {
    beforeEach(async () => {
      client = await serve(createIam(authenticate), TENANT);
    });

    it('takes unexpired service tokens only', async () => {
      const statusWith = async (authorization: string) => (await client.call('GET', '/api/v1/users', undefined, { authorization })).status;
      assert.equal(await statusWith(`Bearer ${await token()}`), 200);
      assert.equal(await statusWith(''), 401);
      assert.equal(await statusWith(`Bearer ${await token({ type: 'access' })}`), 401);
      assert.equal(await statusWith(`Bearer ${await token({ type: 'service' }, -10)}`), 401);
      assert.equal(await statusWith(`Bearer ${await token({ type: 'service' }, 300, 'somebody else\'s secret of 32 characters')}`), 401);
    });
  });

  describe('iam', () => {
    const admin = { email: 'admin@acme.example', firstName: 'Ada', lastName: 'Admin', roleIds: ['tenant_admin'] };
    beforeEach(async () => {
      client = await serve(createIam(authenticate), TENANT);
    });

    it('answers 400 when the e-mail exists, and frees it with a soft deletion', async () => {
      const created = await client.call('POST', '/api/v1/users', admin);
      assert.equal(created.status, 201);
      const repeated = await client.call('POST', '/api/v1/users', { ...admin, email: 'ADMIN@acme.example' });
      assert.deepEqual([repeated.status, repeated.body['code']], [400, 'EMAIL_EXISTS']);
      const path = `/api/v1/users/${created.body['id']}`;
      assert.equal((await client.call('DELETE', path, undefined, { 'x-tenant-id': 'tenant-2' })).status, 404);
      assert.equal((await client.call('DELETE', path)).status, 204);
      assert.equal((await client.call('DELETE', path)).status, 204);
      assert.equal((await client.call('GET', '/api/v1/users?search=acme')).body['pagination'].total, 0);
      assert.equal((await client.call('POST', '/api/v1/users', admin)).status, 201);
    });

    it('finds users of every tenant by part of their address, page by page', async () => {
      for (const name of ['a', 'b', 'c']) await client.call('POST', '/api/v1/users', { ...admin, email: `${name}@acme.example` });
      const { body } = await client.call('GET', '/api/v1/users?search=acme&page=1&size=2', undefined, { 'x-tenant-id': 'tenant-2' });
      assert.deepEqual(body['data'].map((user: { email: string }) => user.email), ['c@acme.example']);
      assert.deepEqual(body['pagination'], { page: 1, size: 2, total: 3, totalPages: 2, hasNext: false, hasPrevious: true });
    });

    it('revokes live tokens once and remembers the newest mark', async () => {
      const soon = new Date(Date.now() + 600_000).toISOString();
      await client.call('POST', '/_tokens', { tenantId: TENANT, jti: 'old', issuedAt: '2026-01-01T00:00:00Z', expiresAt: soon });
      await client.call('POST', '/_tokens', { tenantId: 'tenant-2', jti: 'other', issuedAt: '2026-01-01T00:00:00Z', expiresAt: soon });
      const path = `/api/v1/tenants/${TENANT}/token-revocations`;
      const request = { notBefore: '2026-02-01T00:00:00Z', reason: 'suspended' };
      assert.deepEqual((await client.call('POST', path, request)).body, { revoked: 1 });
      assert.deepEqual((await client.call('POST', path, request)).body, { revoked: 0 });
      assert.deepEqual((await client.call('GET', path)).body, { ...request, notBefore: '2026-02-01T00:00:00.000Z', jtis: ['old'] });
      assert.equal((await client.call('GET', `/_ledger?tenantId=${TENANT}`)).body['length'], 1);
    });
  });

  describe('config-service', () => {
    beforeEach(async () => {
      client = await serve(createConfigService(authenticate), TENANT);
    });

    for (const [path, key, item, change] of [
      ['/api/v1/configs', 'query.timeout', { configKey: 'query.timeout', configValue: '30' }, { configValue: '60' }],
      ['/api/v1/feature-flags', 'ml.enabled', { flagKey: 'ml.enabled', enabled: false }, { enabled: true }],
    ] as const) {
      it(`has no upsert under ${path}`, async () => {
        const created = await client.call('POST', path, { tenantId: TENANT, ...item });
        assert.equal(created.status, 201);
        assert.equal((await client.call('POST', path, { tenantId: TENANT, ...item })).status, 409);
        assert.equal((await client.call('POST', path, { tenantId: 'tenant-2', ...item })).status, 403);
        const byKey = `${path}/tenant/${TENANT}/key/${key}`;
        assert.deepEqual((await client.call('GET', byKey)).body, created.body);
        const byId = `${path}/${created.body['id']}`;
        assert.equal((await client.call('PUT', byId, change, { 'x-tenant-id': 'tenant-2' })).status, 404);
        assert.equal((await client.call('PUT', byId, change)).status, 200);
        assert.deepEqual((await client.call('GET', `${path}/tenant/${TENANT}`)).body['data'], [{ ...created.body, ...change }]);
        assert.equal((await client.call('DELETE', byId)).status, 204);
        assert.equal((await client.call('GET', byKey)).status, 404);
        assert.equal((await client.call('PUT', byId, change)).status, 404);
        const effects = (await client.call('GET', '/_ledger')).body.map((entry: { effect: string }) => entry.effect);
        assert.deepEqual(effects, ['created', 'updated', 'deleted']);
      });
    }
  });

  describe('notification', () => {
    const welcome = {
      tenantId: TENANT, templateKey: 'welcome-email', recipient: 'admin@acme.example', variables: { link: 'https://one.time/abc' }, metadata: { correlationId: 'c-1' },
    };

    it('sends once per correlation id and shows one effect, without its variables', async () => {
      client = await serve(createNotification(authenticate), TENANT);
      const first = await client.call('POST', '/api/v1/notifications', welcome);
      const second = await client.call('POST', '/api/v1/notifications', welcome);
      assert.deepEqual([first.status, first.body['status'], second.status, second.body['id']], [201, 'PENDING', 200, first.body['id']]);
      const found = await client.call('GET', '/api/v1/notifications?correlationId=c-1');
      assert.equal(found.body['data'][0].variables.link, 'https://one.time/abc');
      const ledger = await client.call('GET', '/_ledger');
      assert.equal(ledger.body['length'], 1);
      assert.ok(!JSON.stringify(ledger.body).includes('one.time'));
      assert.equal((await client.call('GET', '/_ledger?all=true')).body['length'], 2);
      assert.equal((await client.call('POST', '/api/v1/notifications', { ...welcome, templateKey: 'unknown' })).status, 400);
    });
  });

  describe('audit', () => {
    it('reads a tenant\'s events back, oldest first', async () => {
      client = await serve(createAudit(authenticate), TENANT);
      for (const eventType of ['ONE', 'TWO', 'THREE']) {
        const { status } = await client.call('POST', '/api/v1/audit/events', { tenantId: TENANT, eventType, action: 'TEST', success: true });
        assert.equal(status, 201);
      }
      const types = async (page: number) => (await client.call('GET', `/api/v1/audit/events?tenantId=${TENANT}&page=${page}&size=2`)).body['data']
        .map((event: { eventType: string }) => event.eventType);
      assert.deepEqual([await types(0), await types(1)], [['ONE', 'TWO'], ['THREE']]);
    });
  });

  describe('infrastructure', () => {
    beforeEach(async () => {
      client = await serve(createInfrastructure(authenticate), TENANT);
    });

    it('knows regions, full ones and none of its own invention', async () => {
      const region = async (name: string) => (await client.call('GET', `/api/v1/infrastructure/providers/AZURE/regions/${name}`)).body;
      assert.deepEqual(await region('westeurope'), { available: true });
      assert.deepEqual(await region('brazilsouth'), { available: false, reason: 'no capacity for new tenants' });
      assert.deepEqual(await region('constructor'), { available: false, reason: 'unknown region' });
      assert.equal((await client.call('GET', '/api/v1/infrastructure/providers/OTHER/regions/x')).status, 404);
    });

    it('issues the same credential until it is revoked', async () => {
      const path = `/api/v1/infrastructure/tenants/${TENANT}/credentials/redis`;
      const issued = await client.call('PUT', path);
      assert.equal(issued.status, 201);
      assert.deepEqual((await client.call('PUT', path)).body, issued.body);
      assert.equal((await client.call('GET', path)).body['password'], undefined);
      assert.equal((await client.call('DELETE', path)).status, 204);
      assert.equal((await client.call('GET', path)).status, 404);
      assert.notEqual((await client.call('PUT', path)).body['password'], issued.body['password']);
      assert.ok(!JSON.stringify((await client.call('GET', '/_ledger?all=true')).body).includes(issued.body['password']));
    });

    it('registers a tenant and forgets it', async () => {
      const path = `/api/v1/infrastructure/tenants/${TENANT}`;
      const registration = { status: 'PROVISIONING', cloudProvider: 'AZURE', region: 'westeurope', namespace: 'matih-data-plane-acme', tier: 'free' };
      assert.equal((await client.call('PUT', path, registration)).status, 201);
      assert.equal((await client.call('PUT', path, registration)).status, 200);
      assert.deepEqual((await client.call('GET', path)).body, { tenantId: TENANT, ...registration });
      assert.equal((await client.call('DELETE', path)).status, 204);
      assert.equal((await client.call('GET', path)).status, 404);
      assert.equal((await client.call('GET', '/_ledger')).body['length'], 2);
    });
  });
});
