import type { Client } from '@temporalio/client';
import { deletionWaitWorkflowIdOf, workflowIdOf } from '../../../tenant/names.ts';
import { call } from '../api.ts';
import { inventoryHash } from '../inventory.ts';
import type { MatrixTenant } from './acts.ts';
import { isWhole } from './fleet.ts';
import { reset, resetPoints, untilClosed } from './operator-acts.ts';

/** Resets every run of a tenant to every point, after its newest operation has succeeded. @returns what a reset changed */
export const resetEverywhere = async (client: Client, tenant: MatrixTenant, look: () => Promise<void>): Promise<string[]> => {
  const problems: string[] = [];
  const state = () => stateOf(tenant);
  const untouched = await state();
  for (const workflowId of [workflowIdOf(tenant.slug), deletionWaitWorkflowIdOf(tenant.id)]) {
    for (const { runId } of await runsOf(client, workflowId)) {
      for (const point of sampled(await resetPoints(client, workflowId, runId))) {
        if (!await reset(client, workflowId, runId, point)) continue;
        await untilClosed(client, workflowId);
        await look();
        const now = await state();
        if (now !== untouched) problems.push(`the reset of ${workflowId}, run ${runId}, to ${point} made ${now} of ${untouched}`);
      }
    }
  }
  return problems;
};

/** Every reset point, or in the sample the first, the last and one between. */
const sampled = (points: readonly number[]): number[] => isWhole ? [...points] : [...new Set([0, points.length >> 1, points.length - 1].flatMap((index) => points[index] ?? []))];

const runsOf = async (client: Client, workflowId: string): Promise<{ runId: string }[]> => {
  const runs: { runId: string }[] = [];
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runs.push({ runId });
  return runs;
};

/** State of a tenant in one line. */
const stateOf = async ({ id, slug, api }: MatrixTenant): Promise<string> => {
  const { status, body } = await call(`/tenants/${id}`, { api });
  return `${status} ${body['status'] ?? ''} ${body['tier'] ?? ''} ${await inventoryHash(slug, id)}`;
};
