import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { namespaceOf, workflowIdOf } from '../../tenant/names.ts';
import { call, provision, tenantRequest, uniqueSlug, type Answer } from '../support/api.ts';
import { token } from '../support/api-fixture.ts';
import { cluster } from '../support/cluster.ts';
import { query } from '../support/database.ts';
import { endpoints, serviceEnvironment } from '../support/endpoints.ts';
import { ledger, serviceCall } from '../support/stand-ins.ts';
import { withTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const created = uniqueSlug('taken');
/** Slug of the requests that are refused: nothing may ever bear it. */
const refused = uniqueSlug('refused');
const mailbox = `someone@${created}.example`;

const post = (body: unknown, headers: Record<string, string> = {}, bearer?: string): Promise<Answer> => call('/tenants', { body, headers, ...(bearer && { token: bearer }) });

const verdictOf = ({ status, headers, body }: Answer): { status: number; violations: string[] } => {
  assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.match(body['code'], /^MATIH-TENANT-\d{4}$/);
  assert.equal(body['status'], status);
  return { status, violations: ((body['violations'] ?? []) as { field: string; code: string }[]).map(({ field, code }) => `${field} ${code}`).toSorted() };
};

/** Runs of the slug's workflow id, by their state. */
const runsOf = (slug: string): Promise<string[]> => withTemporal(async ({ workflow }) => {
  const states: string[] = [];
  for await (const run of workflow.list({ query: `WorkflowId = '${workflowIdOf(slug)}'` })) states.push(run.status.name);
  return states;
});

const rowsOf = async (slug: string): Promise<number> => {
  const [row] = await query<{ count: number }>('controlPlane', `
    SELECT ((SELECT count(*) FROM tenants WHERE slug = $1) + (SELECT count(*) FROM tenant_requests WHERE slug = $1)
      + (SELECT count(*) FROM tenant_operations WHERE slug = $1 AND status <> 'REFUSED'))::int AS count`, [slug]);
  return row?.count ?? -1;
};

const assertNothingOf = async (slug: string): Promise<void> => {
  assert.equal(await rowsOf(slug), 0, `rows of ${slug}`);
  assert.equal(await cluster().get('v1', 'Namespace', namespaceOf(slug)), undefined, `namespace of ${slug}`);
  assert.deepEqual((await runsOf(slug)).filter((state) => state !== 'COMPLETED'), [], `runs of ${slug}`);
};

describe('requests for a tenant', () => {
  before(async () => {
    const tenantId = randomUUID();
    await Promise.all([
      provision(tenantRequest(created)),
      serviceCall('iam', 'POST', '/api/v1/users', { tenantId, body: { email: mailbox, firstName: 'Some', lastName: 'One' } }),
    ]);
  });

  describe('that are malformed', () => {
    const matrix: readonly (readonly [what: string, change: Record<string, unknown>, violations: string[]])[] = [
      ['a slug of 2 characters', { slug: 'ab' }, ['slug INVALID']],
      ['a slug of 33 characters', { slug: 'a'.repeat(33) }, ['slug INVALID']],
      ['capitals', { slug: 'Acme' }, ['slug INVALID']],
      ['a leading hyphen', { slug: '-acme' }, ['slug INVALID']],
      ['a doubled hyphen', { slug: 'ac--me' }, ['slug INVALID']],
      ['a trailing hyphen', { slug: 'acme-' }, ['slug INVALID']],
      ['a prefix that is PostgreSQL\'s', { slug: 'pg-x' }, ['slug SLUG_RESERVED']],
      ['the word true', { slug: 'true' }, ['slug SLUG_RESERVED']],
      ['the word null', { slug: 'null' }, ['slug SLUG_RESERVED']],
      ['__proto__', { slug: '__proto__' }, ['slug INVALID']],
      ['an unknown tier', { tier: 'GOLD' }, ['tier INVALID']],
      ['Enterprise without quota', { tier: 'ENTERPRISE' }, ['quota QUOTA_REQUIRED']],
      ['a bad e-mail address', { adminEmail: 'admin at acme' }, ['adminEmail INVALID']],
      ['an unknown provider', { cloudProvider: 'ORACLE' }, ['cloudProvider INVALID']],
      ['an unknown field', { colour: 'red' }, ['colour UNKNOWN_FIELD']],
      ['all of it at once', { name: ' ', slug: 'A', tier: 'ENTERPRISE', adminEmail: 'x', cloudProvider: 'x', region: '', colour: 1 },
        ['adminEmail INVALID', 'cloudProvider INVALID', 'colour UNKNOWN_FIELD', 'name INVALID', 'quota QUOTA_REQUIRED', 'region INVALID', 'slug INVALID']],
    ];
    for (const [what, change, violations] of matrix) {
      it(`are refused for ${what}, and reach neither Temporal nor the database`, async () => {
        const { status, violations: found } = verdictOf(await post(tenantRequest(refused, change)));
        assert.equal(status, 400);
        assert.deepEqual([...new Set(found)], violations);
      });
    }

    it('are refused for JSON that is broken or too large', async () => {
      const raw = (body: string) => fetch(`${endpoints().api}/api/v1/tenants`, {
        method: 'POST', body, headers: { authorization: `Bearer ${endpoints().tokens.platform_admin}`, 'content-type': 'application/json' },
      });
      assert.equal((await raw(`{"slug": "${refused}"`)).status, 400);
      assert.equal((await raw(JSON.stringify(tenantRequest(refused, { settings: { note: 'x'.repeat(100_000) } })))).status, 413);
    });

    after(async () => {
      await assertNothingOf(refused);
      assert.deepEqual(await runsOf(refused), []);
      for (const slug of ['ab', 'pg-x', 'true', 'null']) assert.deepEqual(await runsOf(slug), [], slug);
    });
  });

  describe('from somebody who may not', () => {
    const settings = () => serviceEnvironment();
    const callers: readonly (readonly [who: string, bearer: () => Promise<string>, status: number])[] = [
      ['whose token has expired', () => token({ secret: settings()['JWT_SECRET'] as string, issuedAt: 1_000, expires: 2_000 }), 401],
      ['whose token is forged', () => token({ secret: 'some other secret of more than 32 characters' }), 401],
      ['whose token another issuer made', () => token({ secret: settings()['JWT_SECRET'] as string, issuer: 'somebody-else' }), 401],
      ['who is a tenant\'s admin', () => Promise.resolve(endpoints().tokens.tenant_admin), 403],
      ['who only views', () => Promise.resolve(endpoints().tokens.viewer), 403],
    ];
    for (const [who, bearer, expected] of callers) {
      it(`are refused: ${who}`, async () => {
        assert.equal(verdictOf(await post(tenantRequest(refused), {}, await bearer())).status, expected);
      });
    }

    it('are refused without a token', async () => {
      const answer = await fetch(`${endpoints().api}/api/v1/tenants`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
      assert.equal(answer.status, 401);
    });

    after(() => assertNothingOf(refused));
  });

  describe('that VALIDATE refuses', () => {
    const matrix: readonly (readonly [what: string, request: () => Record<string, unknown>, status: number, violations: string[]])[] = [
      ['a slug in use', () => tenantRequest(created, { name: refused, adminEmail: `new@${refused}.example` }), 409, ['slug SLUG_TAKEN']],
      ['a name in use, whatever its case', () => tenantRequest(refused, { name: `TENANT ${created}` }), 409, ['name NAME_TAKEN']],
      ['another tenant\'s admin', () => tenantRequest(refused, { adminEmail: `Admin@${created}.example` }), 409, ['adminEmail ADMIN_EMAIL_TAKEN']],
      ['an address that IAM knows', () => tenantRequest(refused, { adminEmail: mailbox }), 409, ['adminEmail ADMIN_EMAIL_TAKEN']],
      ['a region that takes no tenants', () => tenantRequest(refused, { region: 'brazilsouth' }), 422, ['region REGION_UNAVAILABLE']],
      ['a region that the provider does not have', () => tenantRequest(refused, { cloudProvider: 'GCP' }), 422, ['region REGION_UNAVAILABLE']],
      ['all of it at once', () => tenantRequest(created, { adminEmail: mailbox, region: 'brazilsouth' }), 422,
        ['adminEmail ADMIN_EMAIL_TAKEN', 'name NAME_TAKEN', 'region REGION_UNAVAILABLE', 'slug SLUG_TAKEN']],
    ];
    for (const [what, request, status, violations] of matrix) {
      it(`are refused for ${what}`, async () => {
        assert.deepEqual(verdictOf(await post(request())), { status, violations });
      });
    }

    it('leave nothing behind but runs that ended well, and the tenant that was there untouched', async () => {
      await assertNothingOf(refused);
      assert.deepEqual([...new Set([...await runsOf(refused), ...await runsOf(created)])], ['COMPLETED']);
      assert.equal((await call(`/tenants/slug/${created}`)).body['status'], 'ACTIVE');
    });
  });

  describe('that pass the API by', () => {
    it('are refused by the workflow itself, without a failed run', async () => {
      const slug = uniqueSlug('raw');
      const tenant = { ...tenantRequest(slug), tier: 'GOLD', colour: 'red' };
      const result = await withTemporal(({ workflow }) => workflow.execute('provisionTenant', {
        workflowId: workflowIdOf(slug), taskQueue: serviceEnvironment()['TEMPORAL_TASK_QUEUE'] as string,
        args: [{ tenantId: randomUUID(), slug, actor: 'somebody in the Web UI', tenant }],
      })) as { result: string; violations: { field: string }[] };
      assert.equal(result.result, 'REFUSED');
      assert.deepEqual(result.violations.map(({ field }) => field).toSorted(), ['colour', 'tier']);
      await assertNothingOf(slug);
      assert.deepEqual(await runsOf(slug), ['COMPLETED']);
    });
  });

  describe('with an idempotency key', () => {
    it('give the first answer again, and start nothing twice', async () => {
      const slug = uniqueSlug('once');
      const key = { 'x-idempotency-key': randomUUID() };
      const first = await post(tenantRequest(slug), key);
      assert.equal(first.status, 202);
      const again = await post(tenantRequest(slug), key);
      assert.deepEqual([again.status, again.body, again.headers.get('location')], [202, first.body, first.headers.get('location')]);

      // The process that answers may end before it has kept its answer; the run bears the request's id.
      await query('controlPlane', `UPDATE idempotency_keys SET status = NULL, claimed_until = clock_timestamp() - interval '1 second' WHERE idempotency_key = $1`, [key['x-idempotency-key']]);
      const repeated = await post(tenantRequest(slug), key);
      assert.deepEqual([repeated.status, repeated.body['id'], repeated.body['links']], [202, first.body['id'], first.body['links']]);

      const other = await post(tenantRequest(slug, { region: 'northeurope' }), key);
      assert.deepEqual([other.status, other.body['code']], [422, 'MATIH-TENANT-4001']);
      const busy = await post(tenantRequest(slug));
      assert.equal(busy.status, 409, JSON.stringify(busy.body));

      const id = first.body['id'] as string;
      await until('ACTIVE', async () => (await call(`/tenants/${id}`)).body['status'] === 'ACTIVE', { seconds: 120 });
      // The tenant is ACTIVE a moment before its run has closed.
      await until('one run, and that ended well', async () => (await runsOf(slug)).join() === 'COMPLETED');
      assert.equal((await ledger('iam', id)).length, 1);
      const after = await post(tenantRequest(slug), key);
      assert.deepEqual([after.status, after.body], [202, repeated.body]);
    });

    it('give a refusal again too', async () => {
      const key = { 'x-idempotency-key': randomUUID() };
      const request = tenantRequest(refused, { region: 'brazilsouth' });
      const [first, again] = [await post(request, key), await post(request, key)];
      assert.deepEqual([again.status, again.body], [422, first.body]);
      await assertNothingOf(refused);
    });
  });
});
