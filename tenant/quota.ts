import { z } from 'zod';
import { parseQuantity } from './quantities.ts';
import { TIER_PLANS, TIERS, type Quota, type Tier } from './tiers.ts';
import type { ViolationCode } from './violations.ts';

/** Kubernetes quantities, as far as a quota needs them. */
const CPU = /^[1-9]\d{0,3}$/;
const MEMORY = /^[1-9]\d{0,4}(Mi|Gi|Ti)$/;

/**
 * The least a custom quota may be: what Professional has. The Enterprise charts request 6 cores, 11 GiB and 30 pods in all; with every pod
 * of four releases there twice while they are updated, 7.6 cores, 14 GiB and 38 pods.
 */
const LEAST = TIER_PLANS.PROFESSIONAL.quota as Quota;

const tooSmall = (least: string | number) => ({ error: `must be at least ${least}, the quota of PROFESSIONAL`, params: { code: 'QUOTA_TOO_SMALL' } });

/** A quota of an Enterprise tenant's own. */
export const quotaSchema = z.strictObject({
  cpu: z.string().regex(CPU, { error: 'must be a whole number of cores, e.g. "16"', abort: true })
    .refine((cpu) => parseQuantity(cpu) >= parseQuantity(LEAST.cpu), tooSmall(LEAST.cpu)),
  memory: z.string().regex(MEMORY, { error: 'must be a quantity such as "64Gi"', abort: true })
    .refine((memory) => parseQuantity(memory) >= parseQuantity(LEAST.memory), tooSmall(LEAST.memory)),
  pods: z.int().max(1000, 'must be at most 1000').refine((pods) => pods >= LEAST.pods, tooSmall(LEAST.pods)),
});

interface TierAndQuota {
  tier: Tier;
  quota?: Quota | undefined;
}

/** The rules about tier and quota are told also when other fields are wrong, as long as there is a tier to hold them against. */
const hasTier = ({ value }: z.core.ParsePayload): boolean =>
  typeof value === 'object' && value !== null && (TIERS as readonly unknown[]).includes((value as { tier?: unknown }).tier);

type Refinement = [
  check: (value: TierAndQuota) => boolean,
  violation: { when: typeof hasTier; path: PropertyKey[]; error: string; params: { code: ViolationCode } },
];

/** Which tiers come with a quota of the tenant's own: two refinements of any schema that has tier and quota. */
export const QUOTA_REQUIRED: Refinement = [
  ({ tier, quota }) => tier !== 'ENTERPRISE' || quota !== undefined,
  { when: hasTier, path: ['quota'], error: 'is required for the tier ENTERPRISE', params: { code: 'QUOTA_REQUIRED' } },
];
export const QUOTA_NOT_ALLOWED: Refinement = [
  ({ tier, quota }) => tier === 'ENTERPRISE' || quota === undefined,
  { when: hasTier, path: ['quota'], error: 'is fixed for the tiers FREE and PROFESSIONAL', params: { code: 'QUOTA_NOT_ALLOWED' } },
];
