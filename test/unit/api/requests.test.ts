import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { createPool } from '../../../projection/pool.ts';
import { createProjection } from '../../../projection/projection.ts';
import type { Projection } from '../../../projection/interface.ts';
import { revokeTokens } from '../../../projection/revocations.ts';
import { startTestApi, token, type TestApi, type TokenOptions } from '../../support/api-fixture.ts';
import { startPostgres, type TestDatabase } from '../../support/postgres.ts';
import { activeTenant, attemptOf, createdTenant, creationRequest, runOf } from '../../support/projection-fixture.ts';

type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string>; as?: TokenOptions | string | null };
interface Reply { status: number; headers: Headers; body: any }

describe('the API', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let projection: Projection;
  let api: TestApi;

  before(async () => {
    database = await startPostgres();
    pool = createPool(database.runtimeUrl, { applicationName: 'test' });
    projection = createProjection(pool);
    api = await startTestApi(database.runtimeUrl);
  });
  after(async () => {
    await api.server.stop();
    await pool.end();
    await database.stop();
  });

  const send = async (path: string, init: Init = {}): Promise<Reply> => {
    const { as = {}, ...rest } = init;
    const bearer = as === null ? undefined : typeof as === 'string' ? as : `Bearer ${await token(as)}`;
    const response = await fetch(`${api.url}${path}`, { ...rest, headers: { ...(bearer && { authorization: bearer }), ...rest.headers } });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
  };
  const post = (body: unknown, init: Init = {}) => send('/api/v1/tenants', {
    method: 'POST', body: typeof body === 'string' || body instanceof Uint8Array ? body as string : JSON.stringify(body), ...init,
    headers: { 'content-type': 'application/json', ...init.headers },
  });
  const requests = async () => (await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM tenant_requests')).rows[0]!.count;

  const good = { name: 'Acme', slug: 'acme', tier: 'FREE', adminEmail: 'admin@acme.example', cloudProvider: 'AZURE', region: 'westeurope' };
  const quota = { cpu: '16', memory: '64Gi', pods: 100 };

  describe('names what is wrong with a creation', () => {
    const matrix: [string, object, string[]][] = [
      ['slug of 2 characters', { slug: 'ab' }, ['slug INVALID']],
      ['slug of 33 characters', { slug: 'a'.repeat(33) }, ['slug INVALID']],
      ['capitals', { slug: 'Acme' }, ['slug INVALID']],
      ['leading hyphen', { slug: '-acme' }, ['slug INVALID']],
      ['doubled hyphen', { slug: 'ac--me' }, ['slug INVALID']],
      ['trailing hyphen', { slug: 'acme-' }, ['slug INVALID']],
      ['leading digit', { slug: '1acme' }, ['slug INVALID']],
      ['slug with a line break', { slug: 'acme\n' }, ['slug INVALID']],
      ['reserved prefix', { slug: 'pg-x' }, ['slug SLUG_RESERVED']],
      ['reserved word true', { slug: 'true' }, ['slug SLUG_RESERVED']],
      ['reserved word null', { slug: 'null' }, ['slug SLUG_RESERVED']],
      ['__proto__ as slug', { slug: '__proto__' }, ['slug INVALID']],
      ['unknown tier', { tier: 'GOLD' }, ['tier INVALID']],
      ['tier of the prototype', { tier: 'toString' }, ['tier INVALID']],
      ['Enterprise without quota', { tier: 'ENTERPRISE' }, ['quota QUOTA_REQUIRED']],
      ['quota for Free', { quota }, ['quota QUOTA_NOT_ALLOWED']],
      ['bad e-mail', { adminEmail: 'admin at acme' }, ['adminEmail INVALID']],
      ['unknown provider', { cloudProvider: 'ORACLE' }, ['cloudProvider INVALID']],
      ['bad region', { region: 'West Europe' }, ['region INVALID']],
      ['empty name', { name: '   ' }, ['name INVALID']],
      ['name with a control character', { name: 'a\u0007b' }, ['name INVALID']],
      ['unknown field', { colour: 'red' }, ['colour UNKNOWN_FIELD']],
      ['unknown field inside', { configuration: { branding: { font: 'x' } } }, ['configuration.branding.font UNKNOWN_FIELD']],
      ['NUL in a note', { settings: { note: 'a\u0000' } }, ['settings.note INVALID']],
      ['bad quota of Enterprise', { tier: 'ENTERPRISE', quota: { cpu: '0', memory: '4', pods: 1, gpu: 1 } },
        ['quota.cpu INVALID', 'quota.memory INVALID', 'quota.pods QUOTA_TOO_SMALL', 'quota.gpu UNKNOWN_FIELD']],
      ['everything at once', { name: '', slug: 'A', tier: 'ENTERPRISE', adminEmail: 'x', cloudProvider: 'x', region: '', colour: 1 },
        ['name INVALID', 'slug INVALID', 'adminEmail INVALID', 'cloudProvider INVALID', 'region INVALID', 'colour UNKNOWN_FIELD', 'quota QUOTA_REQUIRED']],
    ];
    for (const [title, change, expected] of matrix) {
      it(title, async () => {
        const { status, headers, body } = await post({ ...good, ...change });
        assert.equal(status, 400);
        assert.match(headers.get('content-type')!, /^application\/problem\+json/);
        const found = new Set((body.violations as { field: string; code: string }[]).map(({ field, code }) => `${field} ${code}`));
        assert.deepEqual(found, new Set(expected));
        assert.equal(body.code, 'MATIH-TENANT-1001');
        assert.equal(body.instance, '/api/v1/tenants');
      });
    }

    it('a field that is missing', async () => {
      const { body } = await post({});
      assert.deepEqual(body.violations.map(({ field }: { field: string }) => field).toSorted(), Object.keys(good).toSorted());
    });

    for (const [title, text, field] of [
      ['__proto__ on top', '{"__proto__":{"admin":true}}', '__proto__'],
      ['__proto__ among the flags', `${JSON.stringify(good).slice(0, -1)},"configuration":{"featureFlags":{"__proto__":true}}}`, 'configuration.featureFlags.__proto__'],
      ['__proto__ among the settings', `${JSON.stringify(good).slice(0, -1)},"settings":{"__proto__":"x"}}`, 'settings.__proto__'],
    ] as const) {
      it(title, async () => {
        const { status, body } = await post(text);
        assert.equal(status, 400);
        assert.ok(body.violations.some((violation: { field: string; code: string }) => violation.field === field && violation.code === 'UNKNOWN_FIELD'));
      });
    }

    for (const [title, body, status, code] of [
      ['malformed JSON', '{"name":', 400, '1002'],
      ['a bare word', '"acme"', 400, '1002'],
      ['null', 'null', 400, '1002'],
      ['an array', '[]', 400, '1001'],
      ['nothing', '', 400, '1001'],
      ['more than 64 KiB', JSON.stringify({ ...good, name: 'x'.repeat(70_000) }), 413, '1003'],
      ['thirty thousand brackets', `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 400, '1001'],
    ] as const) {
      it(title, async () => {
        const reply = await post(body, { headers: { 'x-idempotency-key': randomUUID() } });
        assert.deepEqual([reply.status, reply.body.code], [status, `MATIH-TENANT-${code}`]);
      });
    }

    it('a body that is not JSON, or in no known character set', async () => {
      assert.equal((await post('name=acme', { headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status, 415);
      assert.equal((await post(JSON.stringify(good), { headers: { 'content-type': 'application/json; charset=klingon' } })).status, 415);
      assert.equal((await post(JSON.stringify(good), { headers: { 'content-encoding': 'zip' } })).status, 415);
    });

    it('but nothing about a byte order mark', async () => {
      const { body } = await post(new TextEncoder().encode(`\uFEFF${JSON.stringify({ ...good, slug: 'A' })}`));
      assert.equal(body.code, 'MATIH-TENANT-1001');
    });

    it('and leaves nothing behind', async () => assert.equal(await requests(), 0));
  });

  describe('knows who calls', () => {
    const unsigned = () => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const now = Math.floor(Date.now() / 1000);
      return `${part({ alg: 'none' })}.${part({ sub: 'x', iss: 'matih-platform', type: 'access', roles: ['platform_admin'], iat: now, exp: now + 60 })}.`;
    };
    const refused: [string, () => TokenOptions | string | null][] = [
      ['no token', () => null],
      ['another scheme', () => 'Basic YWRtaW46YWRtaW4='],
      ['no JWT', () => 'Bearer x'],
      ['an expired one', () => ({ issuedAt: 1_700_000_000, expires: 1_700_000_900 })],
      ['a forged one', () => ({ secret: 'another-secret-of-more-than-32-characters' })],
      ['one signed by nobody', () => `Bearer ${unsigned()}`],
      ['another issuer\'s', () => ({ issuer: 'someone-else' })],
      ['a service\'s', () => ({ type: 'service' })],
      ['a refresh token', () => ({ type: 'refresh' })],
    ];
    for (const [title, as] of refused) {
      it(`refuses ${title}`, async () => {
        const { status, headers, body } = await post(good, { as: as() });
        assert.deepEqual([status, body.code], [401, 'MATIH-TENANT-2001']);
        assert.match(headers.get('www-authenticate')!, /^Bearer/);
      });
    }

    it('refuses changes by any role but platform_admin', async () => {
      for (const role of ['tenant_admin', 'operator', 'analyst', 'viewer', 'superuser']) {
        const { status, body } = await post(good, { as: { roles: [role] } });
        assert.deepEqual([status, body.code], [403, 'MATIH-TENANT-2002'], role);
      }
    });

    it('shows a tenant\'s people their own tenant only, and the platform\'s people all', async () => {
      const [own, other] = [await activeTenant(projection), await activeTenant(projection)];
      for (const role of ['tenant_admin', 'viewer', 'analyst']) {
        const as = { roles: [role], tenantId: own.tenantId };
        assert.equal((await send(`/api/v1/tenants/${own.tenantId}`, { as })).status, 200);
        assert.equal((await send(`/api/v1/tenants/slug/${own.tenant.slug}`, { as })).status, 200);
        for (const path of [`tenants/${other.tenantId}`, `tenants/slug/${other.tenant.slug}`, `tenants/${other.tenantId}/provisioning/status`,
          `tenants/${other.tenantId}/provisioning/status/stream`, `tenants/${other.tenantId}/operations`, `operations/${other.runId}`]) {
          assert.equal((await send(`/api/v1/${path}`, { as })).status, 404, path);
        }
        const list = await send('/api/v1/tenants', { as });
        assert.deepEqual(list.body.data.map(({ id }: { id: string }) => id), [own.tenantId]);
        assert.equal((await send('/api/v1/tenants/stats', { as })).status, 403);
      }
      assert.equal((await send(`/api/v1/tenants/${other.tenantId}`, { as: { roles: ['operator'] } })).status, 200);
      assert.deepEqual((await send('/api/v1/tenants', { as: { roles: ['viewer'] } })).body.data, []);
      assert.equal((await send(`/api/v1/tenants/${own.tenantId}`, { as: { roles: ['nothing'], tenantId: own.tenantId } })).status, 403);
    });

    it('refuses revoked tokens of a tenant, not newer ones or another\'s', async () => {
      const { tenantId } = await activeTenant(projection);
      const mark = new Date();
      await revokeTokens(pool, tenantId, mark, 'suspended');
      await revokeTokens(pool, tenantId, new Date(mark.getTime() - 60_000), 'older');
      const path = `/api/v1/tenants/${tenantId}`;
      const at = (seconds: number) => ({ roles: ['tenant_admin'], tenantId, issuedAt: Math.floor(mark.getTime() / 1000) + seconds });
      const revoked = await send(path, { as: at(-10) });
      assert.deepEqual([revoked.status, revoked.body.detail], [401, 'the token was revoked']);
      assert.equal((await send(path, { as: at(1) })).status, 200);
      assert.equal((await send(path)).status, 200);
    });
  });

  describe('reads', () => {
    it('tenants page by page, sorted, filtered and searched', async () => {
      const word = `w${randomUUID().slice(0, 6)}`;
      for (const letter of ['c', 'a', 'b']) await createdTenant(projection, creationRequest({ name: `${word}_${letter}` }));
      const list = async (query: string) => (await send(`/api/v1/tenants?search=${word}_&sortBy=name&sortDir=asc&${query}`)).body;
      const names = ({ data }: { data: { name: string }[] }) => data.map(({ name }) => name.slice(-1)).join('');
      const first = await list('page=0&size=2');
      assert.equal(names(first), 'ab');
      assert.deepEqual(first.pagination, { page: 0, size: 2, total: 3, totalPages: 2, hasNext: true, hasPrevious: false });
      const second = await list('page=1&size=2');
      assert.equal(names(second), 'c');
      assert.deepEqual([second.pagination.hasNext, second.pagination.hasPrevious], [false, true]);
      assert.equal(names(await list('status=ACTIVE')), '');
      assert.equal(names(await list('status=PROVISIONING&tier=FREE')), 'abc');
      assert.equal((await send(`/api/v1/tenants?search=${word}%25`)).body.pagination.total, 0);
      for (const query of ['page=-1', 'size=0', 'size=101', 'sortBy=password', 'tier=gold', 'colour=red', 'search=%00', 'page=1e3']) {
        assert.equal((await send(`/api/v1/tenants?${query}`)).status, 400, query);
      }
    });

    it('statistics', async () => {
      const { body } = await send('/api/v1/tenants/stats');
      const { rows: [row] } = await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM tenants');
      assert.equal(body.total, row!.count);
      assert.equal(body.byStatus.PROVISIONING + body.byStatus.ACTIVE, row!.count);
      assert.deepEqual([body.byTier.FREE, body.byTier.ENTERPRISE], [row!.count, 0]);
    });

    it('the status of a running provisioning without Temporal', async () => {
      const operation = await createdTenant(projection);
      await projection.enterPhase(operation, 'VALIDATE', attemptOf('VALIDATE'));
      await projection.completePhase(operation, 'VALIDATE', {}, attemptOf('VALIDATE'));
      await projection.enterPhase(operation, 'CREATE_NAMESPACE', attemptOf('CREATE_NAMESPACE', 2));
      await projection.failPhase(operation, 'CREATE_NAMESPACE', { failureClass: 'UNAUTHORIZED', message: 'refused' }, 0, attemptOf('CREATE_NAMESPACE', 2));
      const { status, body } = await send(`/api/v1/tenants/${operation.tenantId}/provisioning/status`);
      assert.equal(status, 200);
      assert.deepEqual([body.status, body.tenantStatus, body.currentPhase, body.failureReason, body.retryCount],
        ['IN_PROGRESS', 'PROVISIONING', 'CREATE_NAMESPACE', 'CREATE_NAMESPACE: refused', 0]);
      assert.deepEqual(body.phases.map(({ number, state }: { number: string; state: string }) => `${number} ${state}`), [
        '1 COMPLETED', '2 RUNNING', '3 PENDING', '4 PENDING', '5 PENDING', '5.5 PENDING', '6 PENDING', '7 PENDING', '8 PENDING']);
      const { attempt, lastError } = body.phases[1];
      assert.deepEqual([attempt, lastError], [2, { class: 'UNAUTHORIZED', message: 'refused', mover: 'operator' }]);
      assert.ok(body.percent < 5 && body.estimate.minSeconds > 180 && body.estimate.maxSeconds > body.estimate.minSeconds);
      assert.match(body.operation.temporalUrl, new RegExp(`/workflows/${operation.workflowId}/${operation.runId}$`));
    });

    it('the operations of a tenant, also when it is gone', async () => {
      const operation = await createdTenant(projection);
      await projection.removeTenant(operation);
      await projection.closeOperation(operation, { status: 'CANCELLED' });
      for (const path of ['', '/provisioning/status', '/provisioning/status/stream']) {
        const { status, body } = await send(`/api/v1/tenants/${operation.tenantId}${path}`);
        assert.deepEqual([status, body.code], [410, 'MATIH-TENANT-3002'], path);
      }
      const list = await send(`/api/v1/tenants/${operation.tenantId}/operations`);
      assert.deepEqual(list.body.data.map(({ kind, status }: { kind: string; status: string }) => [kind, status]), [['PROVISIONING', 'CANCELLED']]);
      const one = await send(`/api/v1/operations/${operation.runId}`);
      assert.deepEqual([one.body.seq, one.body.phases.length], [1, 9]);
    });

    it('nothing of a refused creation or an id nobody has', async () => {
      const operation = await createdTenant(projection);
      await projection.refuseCreation(operation, [{ field: 'region', code: 'REGION_UNAVAILABLE', message: 'is not available' }]);
      for (const id of [operation.tenantId, randomUUID(), 'acme', '%00', '..%2f']) assert.equal((await send(`/api/v1/tenants/${id}`)).status, 404, id);
      assert.equal((await send('/api/v1/operations/%00')).status, 404);
      // It may be a run that no worker has taken yet, which only Temporal knows.
      assert.equal((await send(`/api/v1/operations/${randomUUID()}`)).status, 503);
      assert.equal((await send('/api/v1/tenants/slug/%00')).status, 404);
    });
  });

  describe('streams', () => {
    interface StatusEvent { id: string; name: string; data: any }

    const field = (block: string, name: string) => new RegExp(`^${name}:\\s?(.*)$`, 'm').exec(block)?.[1] ?? '';

    /** Reads a stream to its end; `onEvent` is told each event's number. */
    const events = async (path: string, onEvent: (count: number) => Promise<void> | undefined = () => undefined, lastEventId?: string) => {
      const response = await fetch(`${api.url}${path}`, {
        headers: { authorization: `Bearer ${await token()}`, ...(lastEventId && { 'last-event-id': lastEventId }) },
      });
      const seen: StatusEvent[] = [];
      let rest = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        const blocks = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n');
        rest = blocks.pop()!;
        for (const block of blocks.filter((text) => /^data:/m.test(text))) {
          seen.push({ id: field(block, 'id'), name: field(block, 'event'), data: JSON.parse(field(block, 'data')) });
          await onEvent(seen.length);
        }
      }
      return { status: response.status, events: seen };
    };

    it('every change until the end, with growing ids, and once more nothing', async () => {
      const operation = await createdTenant(projection);
      const path = `/api/v1/tenants/${operation.tenantId}/provisioning/status/stream`;
      const { events: seen } = await events(path, async (count) => {
        if (count === 1) await projection.enterPhase(operation, 'VALIDATE', attemptOf('VALIDATE'));
        if (count === 2) await projection.closeOperation(operation, { status: 'FAILED', failureReason: 'for good' });
      });
      assert.deepEqual(seen.map(({ name, data }) => [name, data.status]), [['status', 'IN_PROGRESS'], ['status', 'IN_PROGRESS'], ['status', 'FAILED']]);
      const ids = seen.map(({ id }) => BigInt(id));
      assert.ok(ids[0]! < ids[1]! && ids[1]! < ids[2]!);
      assert.equal((await events(path, undefined, seen[2]!.id)).status, 204);
      const resumed = await events(path, undefined, seen[1]!.id);
      assert.deepEqual(resumed.events.map(({ data }) => data.status), ['FAILED']);
    });

    it('the end of a tenant that is removed meanwhile', async () => {
      const operation = await createdTenant(projection);
      const { events: seen } = await events(`/api/v1/tenants/${operation.tenantId}/provisioning/status/stream`, async (count) => {
        if (count > 1) return;
        await projection.removeTenant(operation);
        await projection.closeOperation(operation, { status: 'CANCELLED' });
      });
      assert.deepEqual([seen.at(-1)!.name, seen.at(-1)!.data.status], ['gone', 410]);
    });
  });

  describe('with Temporal away', () => {
    it('answers a creation within 5 s, and nothing is half done', async () => {
      const started = Date.now();
      const { status, headers, body } = await post(good, { headers: { 'x-idempotency-key': 'again' } });
      assert.deepEqual([status, body.code, headers.get('retry-after')], [503, 'MATIH-TENANT-5003', '5']);
      assert.ok(Date.now() - started < 5_000);
      assert.equal(await requests(), 0);
      assert.equal((await post(good, { headers: { 'x-idempotency-key': 'again' } })).status, 503, 'no answer is kept, and the key is free at once');
    });

    it('is alive but not ready, and says what is missing', async () => {
      assert.equal((await send('/healthz', { as: null })).status, 200);
      const { status, body } = await send('/readyz', { as: null });
      assert.deepEqual([status, body.checks.postgres.status, body.checks.temporal.status], [503, 'UP', 'DOWN']);
    });

    it('starts no retry', async () => {
      const operation = await createdTenant(projection);
      await projection.closeOperation(operation, { status: 'FAILED' });
      const { status } = await send(`/api/v1/tenants/${operation.tenantId}/provisioning/retry`, { method: 'POST' });
      assert.equal(status, 503);
    });
  });

  describe('with idempotency keys', () => {
    const keyed = (body: unknown, key: string, as: TokenOptions = {}) => post(body, { as, headers: { 'x-idempotency-key': key } });

    it('gives the same answer again, and refuses another body', async () => {
      const key = randomUUID();
      const first = await keyed({ ...good, slug: 'A' }, key);
      const again = await keyed({ ...good, slug: 'A' }, key);
      assert.deepEqual([again.status, again.body], [first.status, first.body]);
      assert.match(again.headers.get('content-type')!, /^application\/problem\+json/);
      const other = await keyed({ ...good, slug: 'B' }, key);
      assert.deepEqual([other.status, other.body.code], [422, 'MATIH-TENANT-4001']);
      const someone = await keyed({ ...good, slug: 'B' }, key, { subject: 'someone-else' });
      assert.equal(someone.status, 400);
    });

    it('lets one of two at once work', async () => {
      const key = randomUUID();
      const replies = await Promise.all([keyed(good, key), keyed(good, key)]);
      assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([409, 503]));
    });

    it('refuses what is no key', async () => assert.equal((await keyed(good, 'a b')).status, 400));
  });

  describe('as HTTP', () => {
    it('knows its routes and their methods', async () => {
      assert.deepEqual([(await send('/api/v1/nothing')).status, (await send('/nothing', { as: null })).status], [404, 404]);
      const { status, headers } = await send('/api/v1/tenants', { method: 'DELETE' });
      assert.deepEqual([status, headers.get('allow')], [405, 'GET, POST, HEAD, OPTIONS']);
      assert.equal((await send(`/api/v1/tenants/${runOf('', 'PROVISIONING').runId}/provisioning/retry`)).status, 405);
      assert.equal((await send('/api/v1/tenants/%E0%A4%A')).status, 400);
    });

    it('keeps a sensible request id and replaces another', async () => {
      const { headers } = await send('/healthz', { headers: { 'x-request-id': 'abc-1' } });
      assert.equal(headers.get('x-request-id'), 'abc-1');
      assert.notEqual((await send('/healthz', { headers: { 'x-request-id': 'a b<script>' } })).headers.get('x-request-id'), 'a b<script>');
    });

    it('logs neither tokens nor bodies', async () => {
      const secret = await token();
      await post({ ...good, slug: 'A', name: 'visible-name' }, { as: `Bearer ${secret}` });
      await send('/api/v1/tenants?search=visible-query', { as: `Bearer ${secret}` });
      const lines = JSON.stringify(api.log);
      assert.ok(lines.includes('/api/v1/tenants'));
      for (const text of [secret, 'visible-name', 'visible-query']) assert.ok(!lines.includes(text), text);
    });
  });
});
