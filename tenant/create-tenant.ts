import { z } from 'zod';
import { isReservedSlug, SLUG_MAX_LENGTH, SLUG_MIN_LENGTH, SLUG_PATTERN } from './names.ts';
import { QUOTA_NOT_ALLOWED, QUOTA_REQUIRED, quotaSchema } from './quota.ts';
import { CLOUD_PROVIDERS, type CreateTenant } from './tenant.ts';
import { TIERS } from './tiers.ts';
import { wellFormed } from './text.ts';
import { unstorable } from './unstorable.ts';
import type { Violation, ViolationCode } from './violations.ts';

const slug = z.string()
  .min(SLUG_MIN_LENGTH, `must have at least ${SLUG_MIN_LENGTH} characters`)
  .max(SLUG_MAX_LENGTH, `must have at most ${SLUG_MAX_LENGTH} characters`)
  .regex(SLUG_PATTERN, 'must consist of lower case letters, digits and single inner hyphens, and start with a letter')
  .refine((value) => !isReservedSlug(value), { message: 'is reserved', params: { code: 'SLUG_RESERVED' } });

const flagKey = z.string().regex(/^[a-z][a-z0-9.-]{1,63}$/, 'must be a key such as "ai.chat"');

export const configurationSchema = z.strictObject({
  aiModel: z.string().min(1).max(64).optional(),
  queryTimeoutSeconds: z.int().min(1).max(3600).optional(),
  branding: z.strictObject({
    logoUrl: z.url({ protocol: /^https$/, error: 'must be an https address' }).max(2048).optional(),
    primaryColor: z.string().regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour such as "#0055aa"').optional(),
    title: z.string().min(1).max(100).optional(),
  }).optional(),
  featureFlags: z.record(flagKey, z.boolean()).refine((flags) => Object.keys(flags).length <= 50, 'must have at most 50 flags').optional(),
});

/** A tenant's name. */
export const nameSchema = z.string().trim().min(1, 'must not be empty').max(100, 'must have at most 100 characters')
  .regex(/^[^\p{C}]*$/u, 'must not have control characters');

/** Free-form notes of the caller. */
export const settingsSchema = z.record(z.string().min(1).max(64), z.string().max(1024))
  .refine((settings) => Object.keys(settings).length <= 50, 'must have at most 50 entries');

/** The body of POST /tenants. Unknown fields are refused, so that a misspelt one is not silently lost. */
export const createTenantSchema = z.strictObject({
  name: nameSchema,
  slug,
  tier: z.enum(TIERS),
  adminEmail: z.email('must be an e-mail address').max(254, 'must have at most 254 characters'),
  cloudProvider: z.enum(CLOUD_PROVIDERS),
  region: z.string().regex(/^[a-z0-9][a-z0-9-]{1,40}$/, 'must be a region name such as "westeurope"'),
  quota: quotaSchema.optional(),
  configuration: configurationSchema.optional(),
  settings: settingsSchema.optional(),
})
  .refine(...QUOTA_REQUIRED).refine(...QUOTA_NOT_ALLOWED);

export type ParsedRequest<T> = { ok: true; value: T } | { ok: false; violations: Violation[] };

const violationsOf = (issue: z.core.$ZodIssue): Violation[] => {
  const field = wellFormed(issue.path.join('.'));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: wellFormed(field ? `${field}.${key}` : key), code: 'UNKNOWN_FIELD' as const, message: 'is not a known field' }));
  }
  const code = issue.code === 'custom' ? (issue.params?.['code'] as ViolationCode | undefined) : undefined;
  return [{ field, code: code ?? 'INVALID', message: issue.message }];
};

/** Says what is missing or of the wrong kind the way the other messages do; a schema's own message goes first. */
const explain: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_type') return issue.input === undefined ? 'is required' : `must be of type ${issue.expected}`;
  return issue.code === 'invalid_value' ? `must be one of ${issue.values.join(', ')}` : undefined;
};

/** Parses a value with a schema; on failure every violation is reported, not only the first. */
export const parseRequest = <T>(schema: z.ZodType<T>, value: unknown): ParsedRequest<T> => {
  const result = schema.safeParse(value, { error: explain });
  const violations = [...(result.error?.issues.flatMap(violationsOf) ?? []), ...unstorable(value)];
  return result.success && violations.length === 0 ? { ok: true, value: result.data } : { ok: false, violations };
};

/** Checks the shape of a creation request. */
export const parseCreateTenant = (body: unknown): ParsedRequest<CreateTenant> => parseRequest(createTenantSchema as z.ZodType<CreateTenant>, body);
