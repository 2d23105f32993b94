import type { ApplicationFailure } from '@temporalio/common';
import type { WorkerSettings } from '../settings/worker.ts';
import { backoffSeconds } from './failures.ts';

/**
 * Longest time in trouble of an activity before its step fails, in milliseconds. Time counts, not attempts: worker restarts, worker deaths
 * and throttling cost nothing.
 */
export type Patience = (settings: WorkerSettings) => number;

/** Settings that are a number of seconds. */
type Seconds = Extract<keyof WorkerSettings, `${string}_SECONDS`>;

export const ONE_MINUTE: Patience = () => 60_000;

/** For the last steps of a deletion: the tenant is removed, and only its slug waits for them. */
export const QUARTER_HOUR: Patience = () => 900_000;

/** For steps after the point of no return that need only the service's own database. They never give up. */
export const NO_LIMIT: Patience = () => Number.POSITIVE_INFINITY;

/** A number of waits, each as long as the setting says. */
export const waits = (count: number, setting: Seconds): Patience => (settings) => count * settings[setting] * 1000;

/** Shared by all activities of a compensation. Each activity is tried at least once. */
export const COMPENSATION: Patience = waits(1, 'COMPENSATION_TIMEOUT_SECONDS');

/** Most that one attempt's own duration counts, except for a wait that was not ready in time. */
const LONGEST_CALL_MS = 30_000;

/** Milliseconds that a failed attempt adds to its activity's time in trouble: its duration and the pause after it. */
export const costOf = ({ type, details }: ApplicationFailure, durationMs: number, attempt: number): number => {
  if (type === 'THROTTLED' || hasProgressed(details)) return 0;
  return (type === 'NOT_READY' ? durationMs : Math.min(durationMs, LONGEST_CALL_MS)) + backoffSeconds(attempt) * 1000;
};

/** An attempt that ends at its time limit with committed progress was in no trouble. */
const hasProgressed = (details: unknown[] | null | undefined): boolean => (details?.[0] as { hasProgressed?: boolean } | undefined)?.hasProgressed === true;
