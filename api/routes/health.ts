import { Router } from 'express';
import type { ApiDependencies } from '../dependencies.ts';
import { only } from '../routing.ts';
import { SEARCH_ATTRIBUTES } from '../search-attributes.ts';
import { look, type Temporal } from '../temporal.ts';

interface Check {
  status: 'UP' | 'DOWN';
  /** What is wrong, for operators. */
  reason?: string;
}

/** Temporal's number for a keyword. */
const KEYWORD = 2;

const check = async (probe: () => Promise<void>): Promise<Check> => {
  try {
    await probe();
    return { status: 'UP' };
  } catch (error) {
    return { status: 'DOWN', reason: error instanceof Error ? error.message : 'unknown' };
  }
};

/** Every start names the search attributes, and one that is not registered fails it. */
const searchAttributes = async (temporal: Temporal): Promise<void> => {
  const { customAttributes } = await look(temporal, () => temporal.connection.operatorService.listSearchAttributes({ namespace: temporal.namespace }));
  const missing = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name).filter((name) => customAttributes[name] !== KEYWORD);
  if (missing.length > 0) throw new Error(`search attributes not registered as Keyword: ${missing.join(', ')}`);
};

/** Liveness, and readiness with each dependency. They need no token and reveal no secret. */
export const healthRoutes = ({ probe, temporal }: ApiDependencies): Router => {
  const router = Router();
  router.route('/healthz').get((_request, response) => void response.json({ status: 'UP' })).all(only('GET'));
  router.route('/readyz')
    .get(async (_request, response) => {
      const [postgres, workflows] = await Promise.all([
        check(async () => void await probe.query('SELECT 1 FROM tenant_operations LIMIT 1')),
        check(() => searchAttributes(temporal)),
      ]);
      const up = postgres.status === 'UP' && workflows.status === 'UP';
      response.status(up ? 200 : 503).json({ status: up ? 'UP' : 'DOWN', checks: { postgres, temporal: workflows } });
    })
    .all(only('GET'));
  return router;
};
