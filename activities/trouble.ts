import type { ApplicationFailure } from '@temporalio/common';
import type { WorkerSettings } from '../settings/worker.ts';
import { backoffSeconds } from './failures.ts';

/**
 * How long an activity may be in trouble before its step fails, in milliseconds. Time counts, not attempts: a worker that is restarted or
 * killed, and a system that throttles, take nothing from it.
 */
export type Patience = (settings: WorkerSettings) => number;

/** Settings that are a number of seconds. */
type Seconds = Extract<keyof WorkerSettings, `${string}_SECONDS`>;

export const ONE_MINUTE: Patience = () => 60_000;

/** For the steps at the end of a deletion: the tenant is gone, and only its slug waits for them. */
export const QUARTER_HOUR: Patience = () => 900_000;

/** Never gives up: for steps that need nothing but the service's own database, and after which there is no way back. */
export const NO_LIMIT: Patience = () => Number.POSITIVE_INFINITY;

/** As long as so many waits of the setting's seconds. */
export const waits = (count: number, setting: Seconds): Patience => (settings) => count * settings[setting] * 1000;

/** Most that one attempt's own duration counts, unless it was spent waiting for something that did not become ready. */
const LONGEST_CALL_MS = 30_000;

/** Milliseconds that a failed attempt adds to its activity's time in trouble: how long it took, and the pause until the next one. */
export const costOf = ({ type, details }: ApplicationFailure, durationMs: number, attempt: number): number => {
  if (type === 'THROTTLED' || hasProgressed(details)) return 0;
  return (type === 'NOT_READY' ? durationMs : Math.min(durationMs, LONGEST_CALL_MS)) + backoffSeconds(attempt) * 1000;
};

/** An attempt that ends because its time is up, with part of the work done for good, was in no trouble. */
const hasProgressed = (details: unknown[] | null | undefined): boolean => (details?.[0] as { hasProgressed?: boolean } | undefined)?.hasProgressed === true;
