import assert from 'node:assert/strict';
import { DATABASES } from '../../tenant/catalogue.ts';
import { databaseRoleOf, namespaceOf, schemaOf } from '../../tenant/names.ts';
import { call, tenantRequest, uniqueSlug, untilStatus } from '../support/api.ts';
import { cluster } from '../support/cluster.ts';
import { query } from '../support/database.ts';
import { allEvents } from '../support/events.ts';

/** Ten tenants whose names begin or end like their neighbours'. */
const acme = uniqueSlug('acme');
const SLUGS = [acme, `${acme}-ai`, `${acme}-bi`, `${acme}-ai-ml`, `${acme}a`, ...Array.from({ length: 5 }, () => uniqueSlug('globex'))];

describe('ten tenants at once', function () {
  this.timeout(420_000);
  let ids: string[];

  before(async () => {
    const accepted = await Promise.all(SLUGS.map((slug) => call('/tenants', { body: tenantRequest(slug) })));
    assert.deepEqual(accepted.map(({ status }) => status), SLUGS.map(() => 202), JSON.stringify(accepted.map(({ body }) => body)));
    ids = accepted.map(({ body }) => body['id'] as string);
    await Promise.all(ids.map((id) => untilStatus(id, ({ status }) => status === 'COMPLETED' || status === 'FAILED', 300)));
  });

  it('are all ACTIVE', async () => {
    const answers = await Promise.all(ids.map((id) => call(`/tenants/${id}`)));
    assert.deepEqual(answers.map(({ body }) => [body['slug'], body['status']]), SLUGS.map((slug) => [slug, 'ACTIVE']));
  });

  it('have each its own namespace, schemas, address and announcement', async () => {
    const addresses = new Set<string>();
    const events = await allEvents();
    for (const [index, slug] of SLUGS.entries()) {
      const id = ids[index] as string;
      const namespace = await cluster().get('v1', 'Namespace', namespaceOf(slug));
      assert.equal(namespace?.metadata?.labels?.['matih.io/tenant-id'], id);
      const owned = await query<{ name: string }>('dataPlane',
        'SELECT nspname AS name FROM pg_namespace WHERE pg_get_userbyid(nspowner) = $1 ORDER BY 1', [databaseRoleOf(slug)]);
      assert.deepEqual(owned.map(({ name }) => name), DATABASES.map((database) => schemaOf(slug, database)).toSorted());
      addresses.add((await call(`/tenants/${id}`)).body['ingressIp']);
      assert.equal(events.filter(({ key }) => key === id).length, 1);
    }
    assert.equal(addresses.size, SLUGS.length);
  });
});
