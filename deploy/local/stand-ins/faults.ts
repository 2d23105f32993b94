import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { searchable, type Call } from './call.ts';

/**
 * A programmed fault.
 * - `error`: answers `status` (500) without doing the work
 * - `throttle`: answers 429 with `Retry-After`
 * - `partial`: does the work, then answers `status` (500)
 * - `lost-reply`: does the work, then drops the connection
 * - `hang`: neither works nor answers, until the caller gives up
 * - `latency`: waits, then carries on (other faults may still apply)
 */
export const faultSchema = z.strictObject({
  match: z.strictObject({
    method: z.string().toUpperCase().optional(),
    /** Regular expression, searched in the decoded path. */
    path: z.string().refine(isRegularExpression, 'expected a regular expression').optional(),
    /** Tenant id or slug: equal to X-Tenant-ID, or a whole name in the path or body. `acme` does not match `acme-ai`. */
    tenantId: z.string().min(1).optional(),
    bodyContains: z.string().optional(),
  }).default({}),
  kind: z.enum(['error', 'throttle', 'partial', 'lost-reply', 'hang', 'latency']),
  status: z.number().int().min(400).max(599).default(500),
  code: z.string().default('INJECTED_FAULT'),
  message: z.string().default('a fault was programmed for this call'),
  /** How many calls it strikes; without it, every call until it is removed. */
  times: z.number().int().positive().optional(),
  /** Fixed, uniform between two bounds, or log-normal by its median and 99th percentile. */
  latencyMs: z.union([
    z.number().nonnegative(),
    z.strictObject({ min: z.number().nonnegative(), max: z.number().nonnegative() }),
    z.strictObject({ p50: z.number().positive(), p99: z.number().positive() }),
  ]).default(0),
  retryAfterSeconds: z.number().int().nonnegative().optional(),
});

export type Fault = z.infer<typeof faultSchema> & { id: string; hits: number };

function isRegularExpression(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** Whole names only; the data plane namespace is the one prefix that still names the tenant behind it. */
const namesTenant = (text: string, tenant: string): boolean =>
  new RegExp(`(?:(?<![A-Za-z0-9-])|(?<=matih-data-plane-))${escape(tenant)}(?![A-Za-z0-9-])`).test(text);

const matches = ({ match }: Fault, call: Call): boolean =>
  (match.method === undefined || match.method === call.method)
  && (match.path === undefined || new RegExp(match.path).test(call.path))
  && (match.bodyContains === undefined || JSON.stringify(call.body ?? '').includes(match.bodyContains))
  && (match.tenantId === undefined || namesTenant(searchable(call), match.tenantId));

/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.326;

const draw = (latency: Fault['latencyMs']): number => {
  if (typeof latency === 'number') return latency;
  if ('min' in latency) return latency.min + Math.random() * (latency.max - latency.min);
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return latency.p50 * Math.exp((normal * Math.log(latency.p99 / latency.p50)) / Z99);
};

/** The programmed faults of one stand-in. */
export class FaultBook {
  #faults: Fault[] = [];

  add(request: unknown): Fault {
    const fault = { ...faultSchema.parse(request), id: randomUUID(), hits: 0 };
    this.#faults.push(fault);
    return fault;
  }

  list(): readonly Fault[] {
    return this.#faults;
  }

  /** Removes the faults that `which` picks; returns how many. */
  remove(which: (fault: Fault) => boolean): number {
    const before = this.#faults.length;
    this.#faults = this.#faults.filter((fault) => !which(fault));
    return before - this.#faults.length;
  }

  /** Sits through every latency that strikes this call and returns the first other fault that does. */
  async strike(call: Call): Promise<Fault | undefined> {
    const struck = this.#faults.filter((fault) => (fault.times === undefined || fault.hits < fault.times) && matches(fault, call));
    const end = struck.find((fault) => fault.kind !== 'latency');
    const applied = struck.filter((fault) => fault.kind === 'latency' || fault === end);
    for (const fault of applied) fault.hits += 1;
    await sleep(applied.reduce((sum, fault) => sum + draw(fault.latencyMs), 0));
    return end;
  }
}
