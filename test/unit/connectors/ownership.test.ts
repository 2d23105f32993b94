import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withCallContext } from '../../../connectors/call-context.ts';
import type { Connectors } from '../../../connectors/connectors.ts';
import { readSettings } from '../../../settings/read-settings.ts';
import { workerSettingsSchema } from '../../../settings/worker.ts';
import { tenantEvent } from '../../../tenant/events.ts';
import { createConnectors } from '../../../worker/connectors.ts';
import { aTenant } from '../../support/tenant.ts';

const TENANT = aTenant();
const REF = { apiVersion: 'v1', kind: 'Secret', name: 'one', namespace: 'ns' };
const OBJECT = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'one', namespace: 'ns' } };
const RELEASE = { release: 'acme-query-engine', namespace: 'ns', chart: 'query-engine', set: {} };
const LOST = new Error('another attempt owns this activity');

type Call = (connectors: Connectors) => Promise<unknown>;

/** Every method of the connectors that are tested here: a method without an entry fails the first test. */
const CALLS: { [Name in Exclude<keyof Connectors, 'azureDns' | 'dataPlaneDatabase'>]: Record<keyof Connectors[Name], { changes: boolean; call: Call }> } = {
  kubernetes: {
    create: { changes: true, call: ({ kubernetes }) => kubernetes.create(OBJECT) },
    apply: { changes: true, call: ({ kubernetes }) => kubernetes.apply(OBJECT) },
    get: { changes: false, call: ({ kubernetes }) => kubernetes.get(REF) },
    list: { changes: false, call: ({ kubernetes }) => kubernetes.list(REF) },
    mergePatch: { changes: true, call: ({ kubernetes }) => kubernetes.mergePatch(REF, {}) },
    remove: { changes: true, call: ({ kubernetes }) => kubernetes.remove(REF) },
    scale: { changes: true, call: ({ kubernetes }) => kubernetes.scale(REF, 1) },
  },
  helm: {
    list: { changes: false, call: ({ helm }) => helm.list('ns') },
    status: { changes: false, call: ({ helm }) => helm.status('acme-query-engine', 'ns') },
    deploy: { changes: true, call: ({ helm }) => helm.deploy(RELEASE) },
    upgrade: { changes: true, call: ({ helm }) => helm.upgrade(RELEASE) },
    render: { changes: false, call: ({ helm }) => helm.render(RELEASE) },
    uninstall: { changes: true, call: ({ helm }) => helm.uninstall('acme-query-engine', 'ns') },
  },
  events: {
    publish: { changes: true, call: ({ events }) => events.publish(tenantEvent('TENANT_PROVISIONED', 'operation', TENANT)) },
    ping: { changes: false, call: ({ events }) => events.ping() },
    close: { changes: false, call: ({ events }) => events.close() },
  },
  iam: {
    findUserByEmail: { changes: false, call: ({ iam }) => iam.findUserByEmail('a@b.example') },
    ensureAdmin: { changes: true, call: ({ iam }) => iam.ensureAdmin({ tenantId: TENANT.id, email: 'a@b.example', name: 'a', idempotencyKey: 'key' }) },
    listUsers: { changes: false, call: ({ iam }) => iam.listUsers(TENANT.id) },
    removeUser: { changes: true, call: ({ iam }) => iam.removeUser({ id: '1', email: 'a@b.example', tenantId: TENANT.id }) },
    revokeTokens: { changes: true, call: ({ iam }) => iam.revokeTokens(TENANT.id, new Date(), 'test') },
  },
  configService: {
    applyConfiguration: { changes: true, call: ({ configService }) => configService.applyConfiguration(TENANT.id, 'dev', []) },
    applyFeatureFlags: { changes: true, call: ({ configService }) => configService.applyFeatureFlags(TENANT.id, [{ key: 'flag', enabled: true }]) },
    removeAll: { changes: true, call: ({ configService }) => configService.removeAll(TENANT.id) },
    count: { changes: false, call: ({ configService }) => configService.count(TENANT.id) },
  },
  notifications: {
    send: { changes: true, call: ({ notifications }) => notifications.send({
      tenantId: TENANT.id, template: 'welcome-email', recipient: 'a@b.example', subject: 'hello', variables: {}, correlationId: 'one' }) },
  },
  audit: {
    record: { changes: true, call: ({ audit }) => audit.record({
      tenantId: TENANT.id, eventType: 'X', action: 'X', actorId: 'me', resourceType: 'TENANT', resourceId: TENANT.id, correlationId: 'one', success: true }) },
    page: { changes: false, call: ({ audit }) => audit.page(TENANT.id, 0, 1) },
  },
  infrastructure: {
    regionAvailability: { changes: false, call: ({ infrastructure }) => infrastructure.regionAvailability('AZURE', 'westeurope') },
    issueCredential: { changes: true, call: ({ infrastructure }) => infrastructure.issueCredential(TENANT.id, 'redis') },
    revokeCredential: { changes: true, call: ({ infrastructure }) => infrastructure.revokeCredential(TENANT.id, 'redis') },
    register: { changes: true, call: ({ infrastructure }) => infrastructure.register(TENANT.id, {
      status: 'ACTIVE', cloudProvider: 'AZURE', region: 'westeurope', namespace: 'ns', tier: 'FREE' }) },
    unregister: { changes: true, call: ({ infrastructure }) => infrastructure.unregister(TENANT.id) },
    residue: { changes: false, call: ({ infrastructure }) => infrastructure.residue(TENANT.id) },
  },
  health: {
    check: { changes: false, call: ({ health }) => health.check('http://service.ns.svc.cluster.local/health', 100) },
  },
  archive: {
    write: { changes: true, call: ({ archive }) => archive.write('blob', Buffer.from('content')) },
    find: { changes: false, call: ({ archive }) => archive.find('blob') },
    read: { changes: false, call: async ({ archive }) => { for await (const _ of archive.read('blob')) break; } },
  },
};

const METHODS = Object.entries(CALLS).flatMap(([connector, methods]) =>
  Object.entries(methods).map(([method, { changes, call }]) => ({ connector: connector as keyof typeof CALLS, method, changes, call })));

describe('the fence of changing calls', () => {
  let folder: string;
  let server: Server;
  let connectors: Connectors;
  /** Requests and helm commands that reached the outside. */
  let requests: string[] = [];
  let bodies: string[] = [];
  const helmCommands = async (): Promise<string[]> => (await readFile(join(folder, 'commands'), 'utf8').catch(() => '')).split('\n').filter(Boolean);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ownership-'));
    server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => { body += text; }).on('end', () => bodies.push(body));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answerTo(request)));
    });
    server.on('connection', (socket) => socket.once('data', (bytes) => { if (!/^(GET|POST|PUT|PATCH|DELETE) /.test(bytes.toString('latin1'))) requests.push('KAFKA'); }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const helm = join(folder, 'helm');
    await writeFile(helm, `#!/bin/sh\necho "$1" >> ${join(folder, 'commands')}\n[ "$1" = template ] || echo '[]'\n`);
    await chmod(helm, 0o755);
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, JSON.stringify({
      apiVersion: 'v1', kind: 'Config', clusters: [{ name: 'c', cluster: { server: url, 'insecure-skip-tls-verify': true } }], users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }], 'current-context': 'x',
    }));
    connectors = createConnectors(readSettings(workerSettingsSchema, {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', DATA_PLANE_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      DELETION_CODE_KEY: 'x'.repeat(32), SERVICE_JWT_SECRET: 'x'.repeat(32), AZURE_SUBSCRIPTION_ID: 's', AZURE_DNS_RESOURCE_GROUP: 'g',
      KUBERNETES_API_CIDRS: '10.0.0.0/8', TENANT_SERVICE_KUBECONFIG: kubeconfig, HELM_BINARY: helm, KAFKA_BROKERS: `127.0.0.1:${port}`, ENVIRONMENT: 'dev',
      IAM_URL: url, CONFIG_SERVICE_URL: url, NOTIFICATION_URL: url, AUDIT_URL: url, INFRASTRUCTURE_URL: url, CLUSTER_HTTP_PROXY: url,
      ARCHIVE_BLOB_CONNECTION_STRING: `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=${Buffer.from('key').toString('base64')};BlobEndpoint=${url}/a;`,
    }));
  });
  after(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    requests = [];
    bodies = [];
    await rm(join(folder, 'commands'), { force: true });
  });

  /** Runs a call as an attempt that has a successor, and tells what reached the outside. */
  const asFormerOwner = async (call: Call): Promise<{ error: unknown; reached: string[] }> => {
    const whileOwner = () => Promise.reject(LOST);
    const error = await withCallContext({ signal: new AbortController().signal, tenantId: TENANT.id, requestId: 'run', whileOwner }, () => call(connectors))
      .then(() => undefined, (reason: unknown) => reason);
    return { error, reached: [...requests, ...(await helmCommands()).map((command) => `helm ${command}`)] };
  };

  it('has an entry here for every method of every connector', () => {
    for (const [name, methods] of Object.entries(CALLS)) {
      assert.deepEqual(Object.keys(methods).toSorted(), Object.keys(connectors[name as keyof typeof CALLS]).toSorted(), name);
    }
  });

  it('removes and scales an object only in the state in which the caller read it', async () => {
    await connectors.kubernetes.remove(REF, { uid: 'u', resourceVersion: '7' });
    await connectors.kubernetes.scale({ ...REF, apiVersion: 'apps/v1', kind: 'Deployment' }, 0, '8');
    assert.deepEqual(bodies.filter(Boolean).map((body) => JSON.parse(body) as unknown), [
      { propagationPolicy: 'Background', preconditions: { uid: 'u', resourceVersion: '7' } },
      { metadata: { resourceVersion: '8' }, spec: { replicas: 0 } },
    ]);
  });

  for (const { connector, method, call } of METHODS.filter(({ changes }) => changes)) {
    it(`lets no change of ${connector}.${method} out of an attempt that has a successor`, async () => {
      const { error, reached } = await asFormerOwner(call);
      assert.equal(error, LOST);
      assert.deepEqual(reached.filter((request) => !/^GET |^helm (get|history|list|template)$/.test(request)), []);
    });
  }

  for (const { connector, method, call } of METHODS.filter(({ changes, method: name }) => !changes && name !== 'close')) {
    it(`lets the read ${connector}.${method} through`, async () => {
      const { error, reached } = await asFormerOwner(call);
      assert.notEqual(error, LOST);
      assert.ok(reached.length > 0, String(error));
    });
  }
});

/** Enough of every system for a read to succeed, and for a change to find something to change. */
const answerTo = ({ url = '' }: IncomingMessage): unknown => {
  if (url === '/api/v1') return { resources: [{ kind: 'Secret', name: 'secrets', namespaced: true }] };
  if (url === '/apis/apps/v1') return { resources: [{ kind: 'Deployment', name: 'deployments', namespaced: true }] };
  if (url.startsWith('/api/v1/namespaces')) return { items: [] };
  const data = url.includes('/configs/') ? [{ id: '1', configKey: 'old', description: 'managed-by:tenant-service' }] : [];
  return { data, pagination: { total: data.length, hasNext: false }, available: true };
};
