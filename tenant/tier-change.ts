import type { OperationInput, OperationRequest } from './operations.ts';
import type { Quota, Subscription, Tier } from './tiers.ts';

/** Starts a tier change. Only an Enterprise tenant has a quota of its own. */
export interface ChangeTier extends OperationRequest {
  tier: Tier;
  quota?: Quota;
}

export interface CheckFitInput extends OperationInput {
  tier: Tier;
  quota?: Quota | undefined;
}

/** Result of CHECK_FIT: the change that fits, and its direction. */
export interface TierChange {
  from: Subscription;
  to: Subscription;
  direction: 'UP' | 'DOWN';
  /** Whether the tenant already has that tier and quota. Then the change only repairs it. */
  isRepair: boolean;
  /** Revision of each release before the change, by chart name. Releases without a deployed revision are absent. */
  revisions: Readonly<Record<string, number>>;
}

export interface ApplyTierInput extends OperationInput {
  to: Subscription;
  /** Whether this restores the tier before an unsuccessful change. */
  returning: boolean;
}

export interface UpgradeReleasesInput extends ApplyTierInput {
  /** Chart names. */
  releases: readonly string[];
  /** Whether this activity is the last of the step and completes it. */
  last: boolean;
}

export interface RestoreReleasesInput extends OperationInput {
  /** Tier and quota before the change. */
  to: Subscription;
  /** Chart names. */
  releases: readonly string[];
  /** Revision of each release before the change, by chart name. */
  revisions: Readonly<Record<string, number>>;
}

export interface AnnounceTierChangeInput extends OperationInput {
  from: Subscription;
  to: Subscription;
}

export interface TierChangeResult extends Subscription {
  tenantId: string;
  slug: string;
}
