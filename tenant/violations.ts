/** One thing wrong with a request; all of a request's violations are reported at once. */
export interface Violation {
  /** Dotted path into the request body, e.g. `quota.cpu`; empty for the body as a whole. */
  field: string;
  /** Stable code for programs, e.g. `SLUG_TAKEN`. */
  code: ViolationCode;
  message: string;
}

/** Codes of a conflict with an existing tenant: a request refused only for these answers 409, any other 422. */
export const CONFLICT_CODES = ['SLUG_TAKEN', 'NAME_TAKEN', 'ADMIN_EMAIL_TAKEN'] as const;

export type ViolationCode =
  | (typeof CONFLICT_CODES)[number]
  | 'INVALID' | 'UNKNOWN_FIELD' | 'SLUG_RESERVED' | 'QUOTA_REQUIRED' | 'QUOTA_NOT_ALLOWED' | 'QUOTA_TOO_SMALL'
  | 'REGION_UNAVAILABLE' | 'PROVIDER_UNKNOWN' | 'SECRET_SOURCE_MISSING' | 'DOES_NOT_FIT';

export const isConflict = (violations: readonly Violation[]): boolean =>
  violations.length > 0 && violations.every(({ code }) => (CONFLICT_CODES as readonly string[]).includes(code));

/** Joins all violations of a request into one line. */
export const reasonOf = (violations: readonly Violation[]): string =>
  violations.map(({ field, message }) => `${field} ${message}`.trim()).join('; ');
