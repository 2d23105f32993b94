/** Longest waiting time that is told from another: every longer one is a ceiling, and has a date on every calendar. */
const LONGEST_SECONDS = 30 * 86_400;

/**
 * Seconds of a Retry-After header, which holds a number of seconds or an HTTP date: at least one, or undefined when the header asks for no
 * time, is absent or is neither. Never zero: Temporal takes a next delay of zero for the end of the retries.
 */
export const retryAfterSeconds = (header: string | null | undefined, now = Date.now()): number | undefined => {
  const value = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(value)) return positiveSeconds(Number(value));
  // Only what has a time of day is a date: V8 reads one into almost any number.
  return /\d:\d\d/.test(value) ? positiveSeconds((Date.parse(value) - now) / 1000) : undefined;
};

/** A waiting time in whole seconds, or undefined when there is none to wait. */
export const positiveSeconds = (seconds: number): number | undefined =>
  seconds > 0 ? Math.min(Math.ceil(seconds), LONGEST_SECONDS) : undefined;
