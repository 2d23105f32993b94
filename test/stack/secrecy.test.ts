import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { Kafka, logLevel } from 'kafkajs';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { namespaceOf, SECRETS } from '../../tenant/names.ts';
import { call, provision, tenantRequest, uniqueSlug } from '../support/api.ts';
import { cluster } from '../support/cluster.ts';
import { watchCommandLines } from '../support/command-lines.ts';
import { query } from '../support/database.ts';
import { endpoints, serviceEnvironment } from '../support/endpoints.ts';
import { allEvents } from '../support/events.ts';
import { findSecrets } from '../support/secret-search.ts';
import { withTemporal } from '../support/temporal.ts';

/** Keys of the five secrets that are no secret themselves. */
const PUBLIC_KEYS = new Set(['username', 'host', 'port', 'database']);

const slug = uniqueSlug('secrecy');
const namespace = namespaceOf(slug);
/** Stands wherever a caller's harmless words may stand, or is put there by this test: so each search shows that it can find. */
const PLANTED = `planted-${randomBytes(12).toString('hex')}`;
const PLANTED_TOPIC = `planted-${slug}`;

const tenantSecrets = async (): Promise<Record<string, string>> => {
  const found: Record<string, string> = {};
  for (const name of Object.values(SECRETS)) {
    const data = (await cluster().get('v1', 'Secret', name, namespace))?.['data'] as Record<string, string>;
    for (const [key, value] of Object.entries(data)) {
      if (!PUBLIC_KEYS.has(key)) found[`${name} ${key}`] = Buffer.from(value, 'base64').toString();
    }
  }
  return found;
};

const serviceSecrets = (): Record<string, string> => {
  const settings = serviceEnvironment();
  const passwordOf = (url: string | undefined): string => new URL(url ?? '').password;
  return {
    'password of DATABASE_URL': passwordOf(settings['DATABASE_URL']),
    'password of DATA_PLANE_DATABASE_URL': passwordOf(settings['DATA_PLANE_DATABASE_URL']),
    'key of ARCHIVE_BLOB_CONNECTION_STRING': /AccountKey=([^;]+)/.exec(settings['ARCHIVE_BLOB_CONNECTION_STRING'] ?? '')?.[1] ?? '',
    ...Object.fromEntries(['SERVICE_JWT_SECRET', 'JWT_SECRET', 'DELETION_CODE_KEY', 'LLM_API_KEY'].map((name) => [name, settings[name] ?? ''])),
    'the caller\'s token': endpoints().tokens.platform_admin,
  };
};

const histories = (): Promise<string[]> => withTemporal(async ({ workflow }) => {
  const texts: string[] = [];
  for await (const { workflowId, runId } of workflow.list()) {
    texts.push(JSON.stringify(historyToJSON(await workflow.getHandle(workflowId, runId).fetchHistory())));
  }
  return texts;
});

const logs = async (): Promise<string[]> => {
  const folder = join(endpoints().dataDir, 'logs');
  return Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')));
};

/** What Helm keeps of a release: gzip in base64, in the base64 of a Secret. */
const helmReleases = async (): Promise<string[]> => (await cluster().list('v1', 'Secret', namespace))
  .filter((secret) => secret['type'] === 'helm.sh/release.v1')
  .map((secret) => gunzipSync(Buffer.from(Buffer.from(secret['data'].release, 'base64').toString(), 'base64')).toString());

const messages = async (): Promise<string[]> =>
  (await Promise.all([allEvents(), allEvents(PLANTED_TOPIC)])).flat().map(({ key, raw }) => `${key} ${raw}`);

const rows = async (): Promise<string[]> => {
  const tables = await query<{ name: string }>('controlPlane', `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`);
  const texts = await Promise.all(tables.map(({ name }) => query<{ text: string }>('controlPlane', `SELECT t::text AS text FROM "${name}" t`)));
  return texts.flat().map(({ text }) => text);
};

const plantMessage = async (): Promise<void> => {
  const kafka = new Kafka({ clientId: 'test', brokers: [endpoints().kafka], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: PLANTED_TOPIC, numPartitions: 1 }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: PLANTED_TOPIC, messages: [{ key: 'planted', value: JSON.stringify({ note: Buffer.from(PLANTED).toString('base64') }) }] });
  await producer.disconnect();
};

const plantRelease = async (): Promise<void> => {
  const chart = await mkdtemp(join(tmpdir(), 'planted-chart-'));
  await writeFile(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: planted\nversion: 1.0.0\n');
  await writeFile(join(chart, 'values.yaml'), `note: ${PLANTED}\n`);
  await execa(serviceEnvironment()['HELM_BINARY'] as string, ['install', 'planted', chart, '--namespace', namespace, '--kubeconfig', endpoints().kubeconfig.admin]);
  await rm(chart, { recursive: true });
};

const plantProcess = async (): Promise<void> => {
  await once(spawn(process.execPath, ['-e', 'setTimeout(() => {}, 500)', PLANTED], { stdio: 'ignore' }), 'exit');
};

describe('the secrets of a tenant and of the service', function () {
  this.timeout(180_000);
  let secrets: Record<string, string>;
  let commandLines: ReadonlySet<string>;
  let id: string;

  before(async () => {
    const watch = watchCommandLines();
    commandLines = watch.seen;
    ({ id } = await provision(tenantRequest(slug, { settings: { note: PLANTED } })));
    await Promise.all([plantMessage(), plantRelease(), plantProcess(), writeFile(join(endpoints().dataDir, 'logs', `${slug}.log`), `a line with ${PLANTED}\n`)]);
    await watch.stop();
    secrets = { ...await tenantSecrets(), ...serviceSecrets() };
  });

  it('are known to this test', () => {
    assert.equal(Object.keys(secrets).length, 5 + 8, Object.keys(secrets).join());
    for (const [name, value] of Object.entries(secrets)) assert.ok(value.length >= 20, `${name} is a secret worth looking for`);
  });

  it('would be found in any form', () => {
    for (const text of ['', 'x', 'xy'].map((before) => `${before}${PLANTED} and more`)) {
      for (const form of [text, Buffer.from(text).toString('base64'), Buffer.from(text).toString('base64url')]) {
        assert.deepEqual(findSecrets({ PLANTED }, [form]), ['PLANTED'], form);
      }
    }
    assert.deepEqual(findSecrets({ PLANTED }, [`${PLANTED.slice(0, -1)} ${PLANTED.slice(1)}`]), []);
  });

  const places: Readonly<Record<string, () => Promise<Iterable<string>>>> = {
    'any workflow\'s history': histories,
    'any log': logs,
    'any command line': () => Promise.resolve(commandLines),
    'what Helm keeps of the releases': helmReleases,
    'any message on Kafka': messages,
    'any row of the control plane': rows,
    'the API\'s answers': () => Promise.all(['', '/provisioning/status', '/operations'].map(async (path) => JSON.stringify((await call(`/tenants/${id}${path}`)).body))),
  };
  for (const [place, read] of Object.entries(places)) {
    it(`do not stand in ${place}, where another word is found`, async () => {
      const texts = [...await read()];
      assert.deepEqual(findSecrets({ PLANTED }, texts), ['PLANTED'], 'the search works');
      assert.deepEqual(findSecrets(secrets, texts), []);
    });
  }
});
