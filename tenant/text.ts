/** Text from outside: PostgreSQL keeps no NUL, and neither it nor Temporal half a surrogate pair. */

/** NUL, and halves of a surrogate pair, which are no character. */
const MALFORMED = /[\0\p{Surrogate}]/gu;

export const isWellFormed = (text: string): boolean => text.search(MALFORMED) < 0;

/** The text with each character that cannot be stored replaced by U+FFFD. */
export const wellFormed = (text: string): string => text.replaceAll(MALFORMED, '\uFFFD');

/** A JSON value whose every text, keys included, is well formed. What is neither text, list nor plain object stays as it is. */
export const wellFormedValue = <T>(value: T): T => transform(value) as T;

const transform = (value: unknown): unknown => {
  if (typeof value === 'string') return wellFormed(value);
  if (Array.isArray(value)) return value.map(transform);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [wellFormed(key), transform(item)]));
};

/** At most so many UTF-16 units of a text, cut between characters. */
export const cut = (text: string, longest: number): string => text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '');
