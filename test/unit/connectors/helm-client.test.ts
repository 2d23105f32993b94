import assert from 'node:assert/strict';
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkCharts } from '../../../connectors/helm/charts.ts';
import { createHelm } from '../../../connectors/helm/client.ts';
import type { Helm } from '../../../connectors/helm/interface.ts';

const RELEASE = { release: 'acme-query-engine', namespace: 'ns', chart: 'query-engine', set: { 'tenant.id': 'acme' } };
const CHARTS = 'infrastructure/helm';

describe('releases', () => {
  let folder: string;
  let helm: Helm;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'helm-client-'));
    const binary = join(folder, 'helm');
    // Answers as the file named like the command says: its standard error, or else its standard output.
    await writeFile(binary, `#!/bin/sh
echo "$@" >> ${folder}/commands
if [ -f ${folder}/$1.err ]; then cat ${folder}/$1.err >&2; exit 1; fi
cat ${folder}/$1.out
`);
    await chmod(binary, 0o755);
    helm = createHelm({
      HELM_BINARY: binary, HELM_CHARTS_DIR: CHARTS, HELM_CONCURRENCY: 1, HELM_TIMEOUT_SECONDS: 5, HEARTBEAT_TIMEOUT_SECONDS: 60,
      TENANT_SERVICE_KUBECONFIG: undefined, ENVIRONMENT: 'dev',
    });
  });
  after(() => rm(folder, { recursive: true }));
  beforeEach(async () => {
    for (const name of ['commands', 'install.err', 'upgrade.err']) await rm(join(folder, name), { force: true });
    await writeFile(join(folder, 'install.out'), '{"version":1}');
    await writeFile(join(folder, 'upgrade.out'), '{"version":2}');
  });

  const commands = async (): Promise<string[]> => (await readFile(join(folder, 'commands'), 'utf8')).split('\n').filter(Boolean);
  const verbs = async (): Promise<string[]> => (await commands()).map((command) => command.split(' ')[0] ?? '');

  it('that are absent are installed', async () => {
    assert.deepEqual(await helm.deploy(RELEASE), { revision: 1, action: 'installed' });
    assert.deepEqual(await verbs(), ['install']);
  });

  it('that are there are upgraded, whatever they say of themselves: only helm compares a chart\'s content with what is in the cluster', async () => {
    await writeFile(join(folder, 'install.err'), 'Error: INSTALLATION FAILED: release name check failed: cannot reuse a name that is still in use');
    assert.deepEqual(await helm.deploy(RELEASE), { revision: 2, action: 'upgraded' });
    assert.deepEqual(await verbs(), ['install', 'upgrade']);
  });

  it('that a killed helm left pending are waited for, also with a time ahead of the clock', async () => {
    await writeFile(join(folder, 'install.err'), 'Error: INSTALLATION FAILED: release name check failed: cannot reuse a name that is still in use');
    await writeFile(join(folder, 'upgrade.err'), 'Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress');
    const updated = new Date(Date.now() + 3_600_000).toISOString();
    await writeFile(join(folder, 'history.out'), JSON.stringify([{ revision: 2, status: 'pending-upgrade', updated, chart: 'query-engine-0.1.0' }]));
    await assert.rejects(helm.deploy(RELEASE), { failureClass: 'NOT_READY', retryAfterSeconds: 62 });
    assert.deepEqual(await verbs(), ['install', 'upgrade', 'history']);
  });

  it('are made from charts by their absolute path: a relative one that is not there is a repository to helm', async () => {
    await helm.deploy(RELEASE);
    assert.equal((await commands())[0]?.split(' ')[2], resolve(CHARTS, 'query-engine'));
  });
});

describe('the charts of a worker', () => {
  it('are all there', () => assert.doesNotThrow(() => checkCharts({ HELM_CHARTS_DIR: CHARTS, ENVIRONMENT: 'production' })));

  it('that are missing, or have no values for the environment, are named with their setting', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'charts-'));
    try {
      await cp(CHARTS, folder, { recursive: true });
      await rm(join(folder, 'bi-service'), { recursive: true });
      await rm(join(folder, 'ingress-controller/values-dev.yaml'));
      assert.throws(() => checkCharts({ HELM_CHARTS_DIR: folder, ENVIRONMENT: 'dev' }), (error: Error) => {
        assert.equal(error.name, 'SettingsError');
        assert.deepEqual(error.message.split('\n').slice(1), [
          `  - HELM_CHARTS_DIR has no ${join(folder, 'bi-service/Chart.yaml')}`,
          `  - HELM_CHARTS_DIR has no ${join(folder, 'bi-service/values-dev.yaml')}`,
          `  - HELM_CHARTS_DIR has no ${join(folder, 'ingress-controller/values-dev.yaml')}`,
        ]);
        return true;
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
