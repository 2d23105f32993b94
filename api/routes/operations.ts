import { Router } from 'express';
import { validate as isUuid } from 'uuid';
import { findOperation, listOperations } from '../../projection/queries.ts';
import { principalOf } from '../authentication.ts';
import { assertMayRead } from '../authorization.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { pageQuery, pageView, parseQuery } from '../lists.ts';
import { operationDetailView, operationView } from '../operation-views.ts';
import { Problem } from '../problems.ts';
import { only } from '../routing.ts';
import { findVisibleTenant } from '../visible-tenant.ts';

/** What was done to tenants; it outlives them. */
export const operationRoutes = (dependencies: ApiDependencies): Router => {
  const { pool, settings, runs } = dependencies;
  const router = Router();

  router.route('/tenants/:tenantId/operations')
    .get(async (request, response) => {
      const { tenantId } = request.params;
      assertMayRead(principalOf(response), tenantId);
      const page = parseQuery(pageQuery, request.query);
      const { operations, total } = await operationsOf(tenantId, page);
      response.json(pageView(operations.map((row) => operationView(settings, row)), total, page));
    })
    .all(only('GET'));

  const operationsOf: (tenantId: string, page: { page: number; size: number }) => ReturnType<typeof listOperations> = async (tenantId, page) => {
    try {
      await findVisibleTenant(dependencies, tenantId);
    } catch (error) {
      // The history of a tenant that is gone is still told.
      if (!(error instanceof Problem) || error.kind !== 'TENANT_GONE') throw error;
    }
    return listOperations(pool, tenantId, page);
  };

  router.route('/operations/:runId')
    .get(async (request, response) => {
      const { runId } = request.params;
      const row = isUuid(runId) ? await findOperation(pool, runId) : null;
      const unknown = new Problem('OPERATION_NOT_FOUND', `there is no operation with the run id ${runId}`);
      if (!row) throw unknown;
      try {
        assertMayRead(principalOf(response), row.tenantId);
      } catch (error) {
        throw error instanceof Problem && error.kind === 'TENANT_NOT_FOUND' ? unknown : error;
      }
      const run = row.status === 'IN_PROGRESS' ? await runs.describe(row.workflowId).catch(() => null) : null;
      response.json(operationDetailView(settings, row, run?.runId === row.runId ? run.pending : []));
    })
    .all(only('GET'));

  return router;
};
