import assert from 'node:assert/strict';
import { OPERATION_STEPS } from '../../tenant/steps.ts';
import { TIER_PLANS } from '../../tenant/tiers.ts';
import { call, provision, tenantRequest, uniqueSlug } from '../support/api.ts';
import { eventsOf } from '../support/events.ts';
import { untilEnded } from '../support/operations.ts';
import { configurationOf } from '../support/platform.ts';
import { fault, ledger } from '../support/stand-ins.ts';

const FIRST = { aiModel: 'claude', branding: { title: 'First', primaryColor: '#0055aa' }, featureFlags: { 'beta.maps': true, 'ai.chat': true } };
const SECOND = { queryTimeoutSeconds: 45, branding: { logoUrl: 'https://acme.example/logo.png' }, featureFlags: { 'beta.charts': false } };

describe('a reconfiguration', () => {
  const slug = uniqueSlug('conf');
  let id: string;

  before(async () => {
    ({ id } = await provision(tenantRequest(slug, { configuration: FIRST })));
  });

  const reconfigure = async (configuration: unknown): Promise<Record<string, any>> => {
    const { status, body } = await call(`/tenants/${id}/configuration`, { method: 'PUT', body: configuration });
    assert.equal(status, 202, JSON.stringify(body));
    return untilEnded(body['operation'].runId as string);
  };
  const announcements = async () => (await eventsOf(id)).map(({ event }) => event).filter((event) => String(event['type']).includes('CONFIGURED'));

  it('puts the new overrides in place of the old ones, and removes what is no longer in them', async () => {
    const before = await configurationOf(id);
    assert.deepEqual([before.entries['ai.model.default'], before.entries['branding.primary-color'], before.flags['beta.maps']], ['claude', '#0055aa', true]);

    const operation = await reconfigure(SECOND);
    assert.equal(operation['status'], 'COMPLETED', JSON.stringify(operation));
    assert.deepEqual(operation['phases'].map(({ phase }: { phase: string }) => phase), OPERATION_STEPS.RECONFIGURATION);
    assert.deepEqual(await configurationOf(id), {
      entries: {
        'ai.model.default': 'gpt-4', 'ai.streaming.enabled': 'false', 'query.timeout': '45',
        'branding.title': `Tenant ${slug}`, 'branding.logo-url': SECOND.branding.logoUrl,
      },
      flags: { ...TIER_PLANS.FREE.featureFlags, 'beta.charts': false },
    });
    assert.deepEqual((await call(`/tenants/${id}`)).body['configuration'], SECOND);
  });

  it('is announced by one TENANT_CONFIGURED and one audit record', async () => {
    const [event, ...others] = await announcements();
    assert.deepEqual(others, []);
    assert.deepEqual(event?.['data'].configuration, SECOND);
    assert.equal((await ledger('audit', id)).filter(({ body }) => (body as { eventType: string }).eventType === 'TENANT_CONFIGURED').length, 1);
  });

  it('asked for once more writes nothing in the config-service', async () => {
    const writes = (await ledger('config', id)).length;
    assert.equal((await reconfigure(SECOND))['status'], 'COMPLETED');
    assert.equal((await ledger('config', id)).length, writes);
  });

  it('that fails in the middle leaves the configuration as it was', async () => {
    const before = await configurationOf(id);
    const announced = (await announcements()).length;
    await fault('config', { match: { tenantId: id, method: 'POST', path: '/feature-flags' }, kind: 'error', status: 400, times: 1 });
    const operation = await reconfigure(FIRST);
    assert.equal(operation['status'], 'FAILED');
    assert.equal(operation['phases'].find(({ phase }: { phase: string }) => phase === 'RETURN_CONFIGURATION')?.state, 'COMPLETED');
    assert.deepEqual(await configurationOf(id), before);
    assert.deepEqual((await call(`/tenants/${id}`)).body['configuration'], SECOND);
    assert.equal((await announcements()).length, announced);
  });

  it('is refused at once with all violations', async () => {
    const { status, body } = await call(`/tenants/${id}/configuration`, { method: 'PUT', body: { queryTimeoutSeconds: 0, branding: { logoUrl: 'http://x' }, model: 'x' } });
    assert.equal(status, 400);
    assert.deepEqual(body['violations'].map(({ field }: { field: string }) => field).sort(), ['branding.logoUrl', 'model', 'queryTimeoutSeconds']);
  });
});

describe('name and settings of a tenant', () => {
  const slug = uniqueSlug('patch');
  const other = uniqueSlug('patch');
  let id: string;

  before(async () => {
    [{ id }] = await Promise.all([provision(tenantRequest(slug, { settings: { team: 'a', contact: 'b' } })), provision(tenantRequest(other))]) as [{ id: string }, unknown];
  });

  const patch = (body: unknown) => call(`/tenants/${id}`, { method: 'PATCH', body });

  it('change at once, settings without an operation, a name with one that carries it to the dashboard\'s title', async () => {
    const operations = async (): Promise<number> => (await call(`/tenants/${id}/operations`)).body['pagination'].total;
    const before = await operations();
    assert.deepEqual((await patch({ settings: { team: 'c' } })).body['settings'], { team: 'c' });
    assert.equal(await operations(), before);
    const renamed = await patch({ name: `Renamed ${slug}` });
    assert.deepEqual([renamed.status, renamed.body['name'], renamed.body['settings']], [200, `Renamed ${slug}`, { team: 'c' }]);
    assert.equal((await untilEnded(renamed.body['operation'].runId))['status'], 'COMPLETED');
    assert.equal((await configurationOf(id)).entries['branding.title'], `Renamed ${slug}`);
    assert.deepEqual([(await call(`/tenants/${id}`)).body['name'], await operations()], [`Renamed ${slug}`, before + 1]);
  });

  it('keep names unique, whatever the case', async () => {
    const taken = await patch({ name: `TENANT ${other}` });
    assert.equal(taken.status, 409);
    assert.deepEqual(taken.body['violations'].map(({ code }: { code: string }) => code), ['NAME_TAKEN']);
    assert.equal((await patch({ name: `renamed ${slug}` })).status, 200, 'its own name in another case');
  });

  it('are nothing else', async () => {
    for (const body of [{}, { slug: 'other' }, { name: '' }, { tier: 'FREE' }]) assert.equal((await patch(body)).status, 400, JSON.stringify(body));
  });
});
