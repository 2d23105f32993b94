import type { ApplicationFailure } from '@temporalio/common';
import { backoffSeconds } from './failures.ts';

/**
 * How long an activity may be in trouble before its step fails, in milliseconds. Time counts, not attempts: a worker that is restarted or
 * killed, and a system that throttles, take nothing from it.
 */
export const DEFAULT_PATIENCE_MS = 60_000;

/** Never gives up: for steps after which there is no way back. */
export const NO_LIMIT = Number.POSITIVE_INFINITY;

/** For the steps at the end of a deletion: the tenant is gone, and only its slug waits for them. */
export const QUARTER_HOUR_SECONDS = 900;

/** The time in trouble after which `count` waits of `seconds` each have come to nothing. */
export const waits = (count: number, seconds: number): number => count * seconds * 1000;

/** Most that one attempt's own duration counts, unless it was spent waiting for something that did not become ready. */
const LONGEST_CALL_MS = 30_000;

/** Milliseconds that a failed attempt adds to its activity's time in trouble: how long it took, and the pause until the next one. */
export const costOf = ({ type }: ApplicationFailure, durationMs: number, attempt: number): number => {
  if (type === 'THROTTLED') return 0;
  return (type === 'NOT_READY' ? durationMs : Math.min(durationMs, LONGEST_CALL_MS)) + backoffSeconds(attempt) * 1000;
};
