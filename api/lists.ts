import { z } from 'zod';
import { TENANT_SORTS } from '../projection/queries.ts';
import { parseRequest } from '../tenant/create-tenant.ts';
import { TENANT_STATUSES } from '../tenant/lifecycle.ts';
import { TIERS } from '../tenant/tiers.ts';
import type { PageView } from '../tenant/views.ts';
import { violationsProblem } from './problems.ts';

const number = (byDefault: number, least: number, most: number) =>
  z.string().regex(/^\d{1,9}$/, 'must be a whole number').transform(Number)
    .refine((value) => value >= least && value <= most, `must be ${least} to ${most}`).default(byDefault);

const page = { page: number(0, 0, 1_000_000), size: number(20, 1, 100) };

/** Query of a list. */
export const pageQuery = z.strictObject(page);

/** Query of GET /tenants. */
export const tenantsQuery = z.strictObject({
  ...page,
  sortBy: z.enum(TENANT_SORTS).default('createdAt'),
  sortDir: z.enum(['asc', 'desc']).default('desc'),
  status: z.enum(TENANT_STATUSES).optional(),
  tier: z.enum(TIERS).optional(),
  search: z.string().max(100).optional(),
});

/** Parses a query string; throws INVALID_REQUEST with every violation. */
export const parseQuery = <T extends z.ZodObject>(schema: T, query: unknown): z.output<T> => {
  const parsed = parseRequest(schema as unknown as z.ZodType<z.output<T>>, query);
  if (!parsed.ok) throw violationsProblem('INVALID_REQUEST', parsed.violations);
  return parsed.value;
};

/** A page and where it stands among the others. */
export const pageView = <T>(data: T[], total: number, { page: number, size }: { page: number; size: number }): PageView<T> => {
  const totalPages = Math.ceil(total / size);
  return { data, pagination: { page: number, size, total, totalPages, hasNext: number + 1 < totalPages, hasPrevious: number > 0 && total > 0 } };
};
