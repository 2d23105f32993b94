import { z } from 'zod';
import { parseRequest } from '../tenant/create-tenant.ts';
import { MOST_GRACE_MINUTES } from '../tenant/deletion.ts';
import { violationsProblem } from './problems.ts';

const requestSchema = z.strictObject({
  approver: z.string().min(1).max(255).optional(),
  gracePeriodMinutes: z.int().min(0).max(MOST_GRACE_MINUTES).optional(),
});

const confirmationSchema = z.strictObject({ code: z.string().min(1).max(64) });

/** The body of DELETE /tenants/{id}, which may be left out where one admin is enough. The second one has to be somebody else. */
export const parseDeletionRequest = (body: unknown, actor: string, twoAdmins: boolean): z.infer<typeof requestSchema> => parsed(
  requestSchema
    .refine(({ approver }) => !twoAdmins || approver !== undefined, { path: ['approver'], error: 'is required: a second admin has to confirm too' })
    .refine(({ approver }) => approver !== actor, { path: ['approver'], error: 'has to be somebody else' }),
  body ?? {},
);

/** The body of POST …/deletion/confirmation. */
export const parseConfirmation = (body: unknown): z.infer<typeof confirmationSchema> => parsed(confirmationSchema, body);

const parsed = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const request = parseRequest(schema, body);
  if (!request.ok) throw violationsProblem('INVALID_REQUEST', request.violations);
  return request.value;
};
