/** Text from outside systems. PostgreSQL stores no NUL; neither PostgreSQL nor Temporal accepts an unpaired surrogate. */

/** NUL and unpaired surrogates. */
const MALFORMED = /[\0\p{Surrogate}]/gu;

export const isWellFormed = (text: string): boolean => text.search(MALFORMED) < 0;

/** Replaces each character that cannot be stored by U+FFFD. */
export const wellFormed = (text: string): string => text.replaceAll(MALFORMED, '\uFFFD');

/** Makes every text of a JSON value well formed, keys included. Values other than text, list and plain object stay unchanged. */
export const wellFormedValue = <T>(value: T): T => transform(value) as T;

const transform = (value: unknown): unknown => {
  if (typeof value === 'string') return wellFormed(value);
  if (Array.isArray(value)) return value.map(transform);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [wellFormed(key), transform(item)]));
};

/** The first UTF-16 units of a text, up to `longest`, cut between characters. */
export const cut = (text: string, longest: number): string => text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '');
