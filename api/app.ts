import express, { type Express, type RequestHandler, Router } from 'express';
import type { ApiDependencies } from './dependencies.ts';
import { requireToken } from './authentication.ts';
import { answerProblems } from './errors.ts';
import { API_PREFIX } from './links.ts';
import { logRequests } from './request-log.ts';
import { deletionRoutes } from './routes/deletions.ts';
import { healthRoutes } from './routes/health.ts';
import { operationRoutes } from './routes/operations.ts';
import { provisioningRoutes } from './routes/provisioning.ts';
import { tenantOperationRoutes } from './routes/tenant-operations.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { requireJson, requireShallow, unknownRoute } from './routing.ts';

const secureHeaders: RequestHandler = (_request, response, next) => {
  response.set({ 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' });
  next();
};

/** The HTTP API. Who calls is settled before a body is read. */
export const createApp = (dependencies: ApiDependencies): Express => {
  const api = Router();
  api.use(requireToken(dependencies.authenticate));
  api.use(requireJson, express.json({ limit: `${dependencies.settings.BODY_LIMIT_KIB}kb` }), requireShallow);
  api.use(tenantRoutes(dependencies), provisioningRoutes(dependencies), tenantOperationRoutes(dependencies), operationRoutes(dependencies), deletionRoutes(dependencies));

  return express()
    .disable('x-powered-by')
    .disable('etag')
    .use(logRequests(dependencies.logger), secureHeaders)
    .use(healthRoutes(dependencies))
    .use(API_PREFIX, api)
    .use(unknownRoute)
    .use(answerProblems(dependencies.logger));
};
