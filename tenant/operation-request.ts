import type { ParsedRequest } from './create-tenant.ts';
import { MOST_GRACE_MINUTES, type DeletionRequest } from './deletion.ts';
import type { OperationKind } from './lifecycle.ts';
import { SLUG_MAX_LENGTH, SLUG_MIN_LENGTH, SLUG_PATTERN } from './names.ts';
import type { OperationRequest, ProvisionTenant, ReconfigureTenant } from './operations.ts';
import type { ChangeTier } from './tier-change.ts';
import { TIERS } from './tiers.ts';
import { unstorable } from './unstorable.ts';

/**
 * Workflows parse their input before anything else, because an operator may start a run with any input. The parser is hand-written, because
 * the workflow sandbox has no room for a schema library. Activities check the values that need one.
 */

/** The input of each kind of operation. */
interface OperationRequests extends Record<OperationKind, OperationRequest> {
  PROVISIONING: ProvisionTenant;
  TIER_CHANGE: ChangeTier;
  RECONFIGURATION: ReconfigureTenant;
}

/** Describes an invalid value; undefined for a valid value. */
type Check = (value: unknown) => string | undefined;
type Shape = Readonly<Record<string, Check>>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MOST_TEXT = 255;

const matches = (isRight: (value: unknown) => boolean, message: string): Check => (value) => {
  if (value === undefined) return 'is required';
  return isRight(value) ? undefined : message;
};
const optional = (check: Check): Check => (value) => (value === undefined ? undefined : check(value));

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isSlug = (value: unknown): boolean =>
  typeof value === 'string' && value.length >= SLUG_MIN_LENGTH && value.length <= SLUG_MAX_LENGTH && SLUG_PATTERN.test(value);
const isQuota = (value: unknown): boolean =>
  isObject(value) && typeof value['cpu'] === 'string' && typeof value['memory'] === 'string' && Number.isInteger(value['pods']);
const isGracePeriod = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MOST_GRACE_MINUTES;

const text = matches((value) => typeof value === 'string' && value.length > 0 && value.length <= MOST_TEXT, `must be a text of 1 to ${MOST_TEXT} characters`);
const object = matches(isObject, 'must be an object');

const OPERATION: Shape = {
  tenantId: matches((value) => typeof value === 'string' && UUID.test(value), 'must be a UUID in lower case'),
  slug: matches(isSlug, 'must be the slug of a tenant'),
  actor: text,
  requestId: optional(text),
};

const SHAPES: Readonly<Record<OperationKind, Shape>> = {
  PROVISIONING: { ...OPERATION, tenant: object },
  ROLLBACK: OPERATION,
  REPROVISION: OPERATION,
  SUSPENSION: OPERATION,
  REACTIVATION: OPERATION,
  TIER_CHANGE: {
    ...OPERATION,
    tier: matches((value) => (TIERS as readonly unknown[]).includes(value), `must be one of ${TIERS.join(', ')}`),
    quota: optional(matches(isQuota, 'must have cpu and memory as texts, pods as a whole number')),
  },
  RECONFIGURATION: { ...OPERATION, configuration: object },
  DELETION: OPERATION,
};

const DELETION_REQUEST: Shape = {
  ...OPERATION,
  approver: optional(text),
  gracePeriodMinutes: optional(matches(isGracePeriod, `must be a whole number from 0 to ${MOST_GRACE_MINUTES}`)),
};

/** Parses the input of an operation's run. Unknown fields are ignored. */
export const parseOperationRequest = <Kind extends OperationKind>(kind: Kind, input: unknown): ParsedRequest<OperationRequests[Kind]> =>
  parse(SHAPES[kind], input);

/** Parses the input of a wait for a deletion's confirmation. */
export const parseDeletionRequest = (input: unknown): ParsedRequest<DeletionRequest> => parse(DELETION_REQUEST, input);

const parse = <Request>(shape: Shape, input: unknown): ParsedRequest<Request> => {
  if (!isObject(input)) return { ok: false, violations: [{ field: '', code: 'INVALID', message: 'must be an object' }] };
  const misshapen = Object.entries(shape).flatMap(([field, check]) => {
    const message = check(input[field]);
    return message === undefined ? [] : [{ field, code: 'INVALID' as const, message }];
  });
  const violations = [...misshapen, ...unstorable(input)];
  return violations.length === 0 ? { ok: true, value: input as Request } : { ok: false, violations };
};
