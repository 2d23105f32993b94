import type pg from 'pg';
import { deletionWaitWorkflowIdOf, workflowIdOf } from '../tenant/names.ts';
import { endLostRequest, SERVICE } from './deletion-requests.ts';
import type { DescribeOpenRun } from './reconcile.ts';

interface OpenRequest {
  originalRunId: string;
  tenantId: string;
  slug: string;
  state: 'WAITING' | 'CONFIRMED';
}

/**
 * Ends deletion requests without an open wait whose deletion has not begun. An open confirmed request would block other operations of the
 * tenant. Without an answer from Temporal a request is left for the next look.
 * @param quietSeconds time without a change, after which an open request is checked
 * @returns the first run ids of the waits
 */
export const endLostRequests = async (pool: pg.Pool, quietSeconds: number, describe: DescribeOpenRun): Promise<string[]> => {
  const { rows } = await pool.query<OpenRequest>(
    `SELECT original_run_id AS "originalRunId", tenant_id AS "tenantId", request.slug, state
     FROM deletion_requests request JOIN tenants ON tenants.id = request.tenant_id AND tenants.status <> 'DELETING'
     WHERE state IN ('WAITING', 'CONFIRMED') AND last_updated_at < clock_timestamp() - make_interval(secs => $1) ORDER BY last_updated_at`, [quietSeconds]);
  const ended: string[] = [];
  for (const request of rows) {
    if (await isOpen(request, describe).catch(() => true)) continue;
    if (await endLostRequest(pool, request.originalRunId, SERVICE)) ended.push(request.originalRunId);
  }
  return ended;
};

/** Whether the wait is open. After the confirmation an open operation counts too: it may be the deletion before its first step. */
const isOpen = async ({ tenantId, slug, state }: OpenRequest, describe: DescribeOpenRun): Promise<boolean> =>
  await describe(deletionWaitWorkflowIdOf(tenantId)) !== null || (state === 'CONFIRMED' && await describe(workflowIdOf(slug)) !== null);
