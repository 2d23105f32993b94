import type { Violation } from './violations.ts';

/** NUL, which PostgreSQL takes in no text, and halves of a surrogate pair, which are no character. */
const isUnstorable = (text: string): boolean => text.includes('\0') || /\p{Surrogate}/u.test(text);

/**
 * Parts of a JSON value that no schema sees or no database keeps: a key `__proto__`, which libraries drop in silence, and text that is no
 * text.
 */
export const unstorable = (value: unknown, path = ''): Violation[] => {
  if (typeof value === 'string') {
    return isUnstorable(value) ? [{ field: path, code: 'INVALID', message: 'must not have NUL or broken characters' }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const field = path ? `${path}.${key}` : key;
    if (path && key === '__proto__') return [{ field, code: 'UNKNOWN_FIELD' as const, message: 'is not a known field' }];
    return isUnstorable(key) ? [{ field: path, code: 'INVALID' as const, message: 'must not have NUL or broken characters in a key' }] : unstorable(item, field);
  });
};
