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

  describe('that a failed change has to restore', () => {
    const history = (...revisions: [number, string, string][]) => writeFile(join(folder, 'history.out'), JSON.stringify(
      revisions.map(([revision, status, description]) => ({ revision, status, description, updated: new Date(0).toISOString(), chart: 'query-engine-0.1.0' }))));
    const rollBack = () => helm.rollBack('acme-query-engine', 'ns', 7);

    beforeEach(() => writeFile(join(folder, 'rollback.out'), ''));

    it('are rolled back to the revision before the change, which is kept', async () => {
      await history([6, 'superseded', ''], [7, 'superseded', ''], [8, 'deployed', '']);
      assert.deepEqual(await rollBack(), { revision: 9, action: 'rolled-back' });
      const [, command = ''] = await commands();
      assert.match(command, /^rollback acme-query-engine 7 --namespace ns .*--force-conflicts .*--history-max 3$/);
    });

    it('are left alone when they have that content, or when helm no longer has it', async () => {
      await history([7, 'superseded', ''], [9, 'deployed', 'Rollback to 7']);
      assert.deepEqual(await rollBack(), { revision: 9, action: 'unchanged' });
      await history([8, 'superseded', ''], [9, 'deployed', '']);
      assert.equal(await rollBack(), undefined);
      assert.deepEqual(await verbs(), ['history', 'history']);
    });

    it('are waited for while the helm that left them pending may be alive', async () => {
      await writeFile(join(folder, 'history.out'), JSON.stringify([{ revision: 8, status: 'pending-upgrade', description: '', updated: new Date().toISOString(), chart: 'c-1' }]));
      await assert.rejects(rollBack(), { failureClass: 'NOT_READY' });
      assert.deepEqual(await verbs(), ['history']);
    });

    it('are known by their deployed revision, which is not the newest after a failure', async () => {
      const listed = (name: string, revision: string, status: string) => ({ name, namespace: 'ns', revision, status, updated: '2026-11-23 17:13:18.621336614 +0000 UTC', chart: 'c-1' });
      await writeFile(join(folder, 'list.out'), JSON.stringify([listed('one', '3', 'deployed'), listed('two', '8', 'failed')]));
      await history([7, 'deployed', ''], [8, 'failed', '']);
      assert.deepEqual(await helm.deployedRevisions('ns'), { one: 3, two: 7 });
      await history([8, 'failed', '']);
      assert.deepEqual(await helm.deployedRevisions('ns'), { one: 3 });
    });
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
