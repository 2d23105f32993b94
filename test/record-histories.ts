/**
 * Exports the histories of runs, unedited, to test/replay/histories, where every test run replays them:
 *
 *   TEMPORAL_ADDRESS=127.0.0.1:7233 npx tsx test/record-histories.ts success=tenant-acme/{runId} refusal=tenant-beta/{runId}
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { HISTORIES } from './support/replay.ts';

const RUN = /^([a-z-]+)=([^/]+)\/(.+)$/;

const parameters = process.argv.slice(2);
const runs = parameters.flatMap((parameter) => {
  const [, name, workflowId, runId] = RUN.exec(parameter) ?? [];
  return name && workflowId && runId ? [{ name, workflowId, runId }] : [];
});
const address = process.env['TEMPORAL_ADDRESS'];
if (!address || runs.length === 0 || runs.length < parameters.length) {
  console.error('usage: TEMPORAL_ADDRESS=host:port npx tsx test/record-histories.ts {name}={workflow id}/{run id} …');
  process.exit(2);
}

const connection = await Connection.connect({ address });
const client = new Client({ connection, namespace: process.env['TEMPORAL_NAMESPACE'] ?? 'default' });
await mkdir(HISTORIES, { recursive: true });
for (const { name, workflowId, runId } of runs) {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  await writeFile(new URL(`${name}.json`, HISTORIES), `${historyToJSON(history)}\n`);
  console.log(`${name}: ${history.events?.length ?? 0} events of ${workflowId}`);
}
await connection.close();
