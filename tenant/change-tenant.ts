import { z } from 'zod';
import { configurationSchema, nameSchema, parseRequest, settingsSchema, type ParsedRequest } from './create-tenant.ts';
import { QUOTA_NOT_ALLOWED, QUOTA_REQUIRED, quotaSchema } from './quota.ts';
import type { Tenant, TenantConfiguration } from './tenant.ts';
import { TIERS, type Quota, type Tier } from './tiers.ts';

/** The body of PUT /tenants/{id}/tier. */
export const changeTierSchema = z.strictObject({ tier: z.enum(TIERS), quota: quotaSchema.optional() })
  .refine(...QUOTA_REQUIRED).refine(...QUOTA_NOT_ALLOWED);

/** The body of PATCH /tenants/{id}: what is named is replaced as a whole, the rest stays. */
export const patchTenantSchema = z.strictObject({ name: nameSchema.optional(), settings: settingsSchema.optional() })
  .refine((patch) => Object.keys(patch).length > 0, { error: 'must name at least one of name and settings' });

export const parseChangeTier = (body: unknown): ParsedRequest<{ tier: Tier; quota?: Quota }> =>
  parseRequest(changeTierSchema as z.ZodType<{ tier: Tier; quota?: Quota }>, body);

/** The body of PUT /tenants/{id}/configuration: all overrides; one that is not in it goes back to the tier's default. */
export const parseConfiguration = (body: unknown): ParsedRequest<TenantConfiguration> =>
  parseRequest(configurationSchema as z.ZodType<TenantConfiguration>, body);

export type TenantPatch = Partial<Pick<Tenant, 'name' | 'settings'>>;

export const parsePatchTenant = (body: unknown): ParsedRequest<TenantPatch> => parseRequest(patchTenantSchema as z.ZodType<TenantPatch>, body);
