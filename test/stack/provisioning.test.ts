import assert from 'node:assert/strict';
import { CATALOGUE, DATABASES } from '../../tenant/catalogue.ts';
import { ADDRESS_RECORDS, LABELS, namespaceOf, releaseOf, schemaOf, SECRETS } from '../../tenant/names.ts';
import { PHASES } from '../../tenant/phases.ts';
import { call, provision, tenantRequest, uniqueSlug } from '../support/api.ts';
import { cluster, refusedPods } from '../support/cluster.ts';
import { query, queryAt, tenantDatabaseUrl } from '../support/database.ts';
import { resolve, resolveThroughDelegation } from '../support/dns.ts';
import { eventsOf } from '../support/events.ts';
import { ledger } from '../support/stand-ins.ts';

/** The one tenant that most of these tests look at, and a neighbour whose slug begins with its own. */
const slug = uniqueSlug('prov');
const neighbour = `${slug}-ai`;
const namespace = namespaceOf(slug);

describe('a provisioned tenant', () => {
  let id: string;
  const kubernetes = cluster();

  before(async () => {
    [{ id }] = await Promise.all([provision(tenantRequest(slug)), provision(tenantRequest(neighbour))]) as [{ id: string }, unknown];
  });

  it('is ACTIVE, and its state row is COMPLETED with the outputs of all phases', async () => {
    const { body } = await call(`/tenants/${id}`);
    assert.equal(body['status'], 'ACTIVE');
    const [row] = await query<Record<string, any>>('controlPlane', 'SELECT * FROM tenant_provisioning_state WHERE tenant_id = $1', [id]);
    assert.deepEqual(Object.keys(row ?? {}).sort(),
      ['current_phase', 'failure_reason', 'last_updated_at', 'phase_outputs', 'retry_count', 'started_at', 'status', 'tenant_id']);
    assert.equal(row?.['status'], 'COMPLETED');
    assert.equal(row?.['failure_reason'], null);
    assert.equal(row?.['retry_count'], 0);
    assert.deepEqual(Object.keys(row?.['phase_outputs']).sort(), [...PHASES].sort());
  });

  it('has a namespace with its labels, its Pod Security level, limits and the tier\'s quota', async () => {
    const found = await kubernetes.get('v1', 'Namespace', namespace);
    assert.equal(found?.metadata?.labels?.[LABELS.tenant], slug);
    assert.equal(found?.metadata?.labels?.[LABELS.tier], 'free');
    assert.equal(found?.metadata?.labels?.[LABELS.managedBy], 'tenant-service');
    assert.equal(found?.metadata?.labels?.[LABELS.tenantId], id);
    assert.equal(found?.metadata?.labels?.['pod-security.kubernetes.io/enforce'], 'restricted');
    const [quota] = await kubernetes.list('v1', 'ResourceQuota', namespace);
    assert.equal(quota?.['spec'].hard['requests.cpu'], '2');
    assert.equal(quota?.['spec'].hard['requests.memory'], '4Gi');
    assert.equal(quota?.['spec'].hard['pods'], '20');
    assert.equal((await kubernetes.list('v1', 'LimitRange', namespace)).length, 1);
  });

  it('has fourteen deployed releases with Ready Deployments inside the Free quota, and no FailedCreate', async () => {
    const deployments = await kubernetes.list('apps/v1', 'Deployment', namespace);
    for (const { name } of CATALOGUE) {
      const deployment = deployments.find((candidate) => candidate.metadata?.name === name);
      assert.ok(deployment, `Deployment ${name} exists`);
      assert.equal(deployment['status'].readyReplicas, deployment['spec'].replicas, `${name} is ready`);
      assert.equal(deployment.metadata?.annotations?.['meta.helm.sh/release-name'], releaseOf(slug, name));
    }
    const releases = (await kubernetes.list('v1', 'Secret', namespace)).filter((secret) => secret['type'] === 'helm.sh/release.v1');
    assert.equal(releases.filter((secret) => secret.metadata?.labels?.['status'] === 'deployed').length, CATALOGUE.length + 1);
    assert.deepEqual(await refusedPods(namespace), []);
  });

  it('has five secrets, each labelled as its own', async () => {
    for (const name of Object.values(SECRETS)) {
      const secret = await kubernetes.get('v1', 'Secret', name, namespace);
      assert.equal(secret?.metadata?.labels?.[LABELS.tenantId], id, name);
      assert.ok(Object.keys(secret?.['data'] ?? {}).length > 0, `${name} holds something`);
    }
  });

  it('its database credential sees its nine schemas and is refused the neighbour\'s', async () => {
    const url = await tenantDatabaseUrl(slug);
    const schemas = DATABASES.map((database) => schemaOf(slug, database));
    const owned = await queryAt<{ name: string }>(url,
      'SELECT nspname AS name FROM pg_namespace WHERE pg_get_userbyid(nspowner) = current_user ORDER BY 1');
    assert.deepEqual(owned.map(({ name }) => name), [...schemas].sort());
    await queryAt(url, `CREATE TABLE "${schemas[0]}".probe (id int)`);
    await assert.rejects(queryAt(url, `CREATE TABLE "${schemaOf(neighbour, 'ai')}".probe (id int)`), /permission denied/);
    await assert.rejects(queryAt(url, 'CREATE TABLE public.probe (id int)'), /permission denied/);
    await queryAt(url, `DROP TABLE "${schemas[0]}".probe`);
  });

  it('the parent zone refers to the child, whose own server answers the address records with authority', async () => {
    const ip = (await call(`/tenants/${id}`)).body['ingressIp'];
    assert.ok(ip);
    for (const record of ADDRESS_RECORDS) {
      const name = record === '@' ? `${slug}.matih.ai` : `${record === '*' ? 'anything' : record}.${slug}.matih.ai`;
      const { referral, answer } = await resolveThroughDelegation(name, 'A');
      assert.equal(referral.authoritative, false, `referral for ${name}`);
      assert.ok(referral.authorities.some((authority) => authority.type === 'NS' && authority.name === `${slug}.matih.ai`));
      assert.equal(answer.authoritative, true, `answer for ${name}`);
      assert.deepEqual(answer.answers.map((found) => (found as { data: unknown }).data), [ip]);
    }
    assert.equal((await resolve('no-such-tenant-of-ours.matih.ai', 'A')).rcode, 'NXDOMAIN');
  });

  it('has a Ready certificate and an Ingress that uses it', async () => {
    const [certificate] = await kubernetes.list('cert-manager.io/v1', 'Certificate', namespace);
    assert.deepEqual(certificate?.['spec'].dnsNames, [`${slug}.matih.ai`, `*.${slug}.matih.ai`]);
    assert.ok(certificate?.['status'].conditions.some((condition: { type: string; status: string }) => condition.type === 'Ready' && condition.status === 'True'));
    const ingresses = await kubernetes.list('networking.k8s.io/v1', 'Ingress', namespace);
    assert.ok(ingresses.length > 0);
    for (const ingress of ingresses) {
      assert.equal(ingress['spec'].ingressClassName, `nginx-${slug}`);
      assert.equal(ingress['spec'].tls[0].secretName, certificate?.['spec'].secretName);
    }
  });

  it('left exactly one effect of each kind in IAM, notification and infrastructure', async () => {
    const users = (await ledger('iam', id)).filter((entry) => entry.path === '/api/v1/users');
    assert.equal(users.length, 1);
    const notifications = await ledger('notification', id);
    assert.equal(notifications.length, 1);
    const infrastructure = (await ledger('infrastructure', id)).map((entry) => `${entry.method} ${entry.path.split('/').slice(6).join('/')}`);
    assert.deepEqual(infrastructure.sort(), ['PUT ', 'PUT credentials/kafka', 'PUT credentials/redis']);
    const configuration = (await ledger('config', id)).map((entry) => `${entry.method} ${(entry.body as Record<string, string>)['configKey'] ?? (entry.body as Record<string, string>)['flagKey']}`);
    assert.equal(new Set(configuration).size, configuration.length, 'no key was written twice');
    assert.ok(configuration.length > 0);
  });

  it('was announced by exactly one TENANT_PROVISIONED in CloudEvents form', async () => {
    const events = await eventsOf(id);
    assert.deepEqual(events.map(({ event }) => event['type']).filter((type) => String(type).includes('PROVISIONED')).length, 1);
    const { event } = events[0] as { event: Record<string, any> };
    assert.equal(event['specversion'], '1.0');
    assert.equal(event['data'].slug, slug);
  });
});
