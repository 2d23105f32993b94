/**
 * Lets tenants live through every way an operation ends, on a running stack, and exports the histories of their runs, unedited, to
 * test/replay/histories, where every test run replays them:
 *
 *   MATIH_TEST_ENDPOINTS=…/endpoints.json npx tsx test/record-histories.ts
 *
 * Failures carry stack traces: run the stack from a folder whose path may be read by everybody.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { deletionWaitWorkflowIdOf, workflowIdOf } from '../tenant/names.ts';
import { call, provision, tenantRequest, uniqueSlug, untilStatus } from './support/api.ts';
import { confirm, requestDeletion, untilDeleted } from './support/deletions.ts';
import { HISTORIES } from './support/histories.ts';
import { operate, untilEnded } from './support/operations.ts';
import { addUsers } from './support/platform.ts';
import { fault } from './support/stand-ins.ts';
import { resetTo, withTemporal } from './support/temporal.ts';

type Record = (name: string, workflowId: string, runId?: string) => Promise<void>;

/** A tenant whose CONFIGURE fails for good, and the cure. */
const failed = async (word: string): Promise<{ id: string; slug: string; runId: string; cure: () => Promise<void> }> => {
  const slug = uniqueSlug(word);
  const cure = await fault('config', { match: { bodyContains: `Tenant ${slug}` }, kind: 'error', status: 422, message: 'this value is not allowed' });
  const { body } = await call('/tenants', { body: tenantRequest(slug) });
  const id = body['id'] as string;
  const { operation } = await untilStatus(id, ({ status }) => status === 'FAILED');
  return { id, slug, runId: operation.runId as string, cure };
};

const put = async (id: string, path: string, body: unknown): Promise<string> => {
  const answer = await call(`/tenants/${id}/${path}`, { method: 'PUT', body });
  const runId = answer.body['operation'].runId as string;
  await untilEnded(runId);
  return runId;
};

const life = async (record: Record): Promise<void> => {
  const slug = uniqueSlug('whole');
  const workflowId = workflowIdOf(slug);
  const { id } = await provision(tenantRequest(slug));
  await record('success', workflowId);
  await record('suspension', workflowId, (await operate(id, 'suspend'))['runId'] as string);
  await record('reactivation', workflowId, (await operate(id, 'activate'))['runId'] as string);
  await record('tier-change', workflowId, await put(id, 'tier', { tier: 'PROFESSIONAL' }));
  const removeUsers = await addUsers(id, slug, 5);
  await record('tier-refusal', workflowId, await put(id, 'tier', { tier: 'FREE' }));
  await removeUsers();
  const cure = await fault('config', { match: { tenantId: id, method: 'PUT', path: 'feature-flags' }, kind: 'error', status: 422, times: 1 });
  await record('tier-return', workflowId, await put(id, 'tier', { tier: 'FREE' }));
  await cure();
  await record('reconfiguration', workflowId, await put(id, 'configuration', { aiModel: 'claude' }));
  const code = await requestDeletion(id);
  await confirm(id, 'AAAAA-AAAAA');
  await confirm(id, code);
  await record('deletion', workflowId, (await untilDeleted(id))['runId'] as string);
  await record('deletion-wait', deletionWaitWorkflowIdOf(id));
};

const refusal = async (record: Record): Promise<void> => {
  const slug = uniqueSlug('refused');
  await call('/tenants', { body: tenantRequest(slug, { region: 'brazilsouth' }) });
  await record('refusal', workflowIdOf(slug));
};

const retry = async (record: Record): Promise<void> => {
  const { id, slug, runId, cure } = await failed('again');
  await record('failure', workflowIdOf(slug), runId);
  await cure();
  await record('retry', workflowIdOf(slug), (await operate(id, 'provisioning/retry'))['runId'] as string);
};

const reset = (client: Client) => async (record: Record): Promise<void> => {
  const { slug, runId, cure } = await failed('reset');
  await cure();
  const newRunId = await resetTo(client, workflowIdOf(slug), runId, 'CONFIGURE');
  await untilEnded(newRunId);
  await record('reset', workflowIdOf(slug), newRunId);
};

const rollback = async (record: Record): Promise<void> => {
  const { id, slug, cure } = await failed('back');
  await cure();
  await record('rollback', workflowIdOf(slug), (await operate(id, 'provisioning/rollback'))['runId'] as string);
};

const reprovision = async (record: Record): Promise<void> => {
  const { id, slug, cure } = await failed('anew');
  await cure();
  await record('reprovision', workflowIdOf(slug), (await operate(id, 'provisioning/reprovision'))['runId'] as string);
};

const cancel = async (record: Record): Promise<void> => {
  const slug = uniqueSlug('stop');
  const { body } = await call('/tenants', { body: tenantRequest(slug) });
  const id = body['id'] as string;
  const { operation } = await untilStatus(id, ({ currentPhase }) => currentPhase === 'DEPLOY_SERVICES');
  await call(`/tenants/${id}/provisioning/cancel`, { method: 'POST' });
  await untilEnded(operation.runId as string);
  await record('cancel', workflowIdOf(slug), operation.runId as string);
};

await withTemporal(async (client) => {
  await mkdir(HISTORIES, { recursive: true });
  const record: Record = async (name, workflowId, runId) => {
    const handle = client.workflow.getHandle(workflowId, runId);
    await handle.result().catch(() => undefined);
    const history = await handle.fetchHistory();
    await writeFile(new URL(`${name}.json`, HISTORIES), `${historyToJSON(history)}\n`);
    console.log(`${name}: ${history.events?.length ?? 0} events of ${workflowId}`);
  };
  for (const scenario of [life, refusal, retry, reset(client), rollback, reprovision, cancel]) await scenario(record);
});
