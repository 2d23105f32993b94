import { Router } from 'express';
import { listOperations } from '../../projection/queries.ts';
import { principalOf } from '../authentication.ts';
import { assertMayRead } from '../authorization.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { pageQuery, pageView, parseQuery } from '../lists.ts';
import { operationStatus } from '../operation-status.ts';
import { operationView } from '../operation-views.ts';
import { Problem } from '../problems.ts';
import { only } from '../routing.ts';
import { streamOf } from '../status-stream.ts';
import { findKnownTenant } from '../visible-tenant.ts';

/** What was done to tenants; it outlives them. */
export const operationRoutes = (dependencies: ApiDependencies): Router => {
  const { pool, settings } = dependencies;
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
      await findKnownTenant(dependencies, tenantId);
    } catch (error) {
      // The history of a tenant that is gone is still told.
      if (!(error instanceof Problem) || error.kind !== 'TENANT_GONE') throw error;
    }
    return listOperations(pool, tenantId, page);
  };

  router.route('/operations/:runId')
    .get(async (request, response) => {
      const { view } = await operationStatus(dependencies, principalOf(response), request.params.runId);
      response.json(view);
    })
    .all(only('GET'));

  router.route('/operations/:runId/stream')
    .get((request, response, next) => {
      const principal = principalOf(response);
      const { runId } = request.params;
      return streamOf(dependencies, () => () => operationStatus(dependencies, principal, runId))(request, response, next);
    })
    .all(only('GET'));

  return router;
};
