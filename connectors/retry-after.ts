/** Longest waiting time in seconds. A longer time is cut to it, so that its date stays valid. */
const LONGEST_SECONDS = 30 * 86_400;

/**
 * Seconds of a Retry-After header, which holds a number of seconds or an HTTP date. At least 1; undefined without a positive time. Never
 * zero: Temporal takes a next delay of zero as the end of the retries.
 */
export const retryAfterSeconds = (header: string | null | undefined, now = Date.now()): number | undefined => {
  const value = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(value)) return positiveSeconds(Number(value));
  // A date has a time of day. V8 parses almost any number as a date.
  return /\d:\d\d/.test(value) ? positiveSeconds((Date.parse(value) - now) / 1000) : undefined;
};

/** A waiting time in whole seconds; undefined if there is none. */
export const positiveSeconds = (seconds: number): number | undefined =>
  seconds > 0 ? Math.min(Math.ceil(seconds), LONGEST_SECONDS) : undefined;
