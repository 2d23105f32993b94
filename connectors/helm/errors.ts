import { TenantError, type FailureClass } from '../../tenant/errors.ts';
import { cut } from '../../tenant/text.ts';

/** What Helm says, and what it means; the first that fits counts. */
const CLASSES: readonly (readonly [RegExp, FailureClass])[] = [
  [/another operation .* is in progress/i, 'NOT_READY'],
  [/is being terminated|object is being deleted|status unknown for quota/i, 'NOT_READY'],
  // Concurrent writers of the object, or of a quota that counts it. Helm reports a conflict; the next attempt reads the current state.
  [/the object has been modified|please apply your changes to the latest version/i, 'UNAVAILABLE'],
  [/exceeded quota/i, 'CEILING_REACHED'],
  [/too many requests/i, 'THROTTLED'],
  [/unauthorized|forbidden|must be logged in/i, 'UNAUTHORIZED'],
  [/invalid ownership metadata|conflicts? with|conflict occurred/i, 'CONFLICT'],
  [/meet the specifications of the schema|execution error at|parse error at|failed parsing|chart\.yaml|path "[^"]*" not found|is invalid:/i, 'INVALID_REQUEST'],
];

const LONGEST_MESSAGE = 600;

/** The error of a helm process that ended with a failure. Values hold no secrets; what looks like a credential is taken out all the same. */
export const helmError = (command: string, stderr: string): TenantError => {
  const message = messageOf(stderr);
  const failureClass = CLASSES.find(([pattern]) => pattern.test(message))?.[1] ?? 'UNAVAILABLE';
  return new TenantError(failureClass, `helm ${command}: ${message}`);
};

export const isNameInUse = (stderr: string): boolean => stderr.includes('cannot reuse a name that is still in use');
/** Whether the release is in a state that a killed helm left behind, rather than the upgrade being at fault. */
export const isRecoverable = (stderr: string): boolean => /another operation .* is in progress|has no deployed releases/i.test(stderr);
export const isReleaseMissing = (stderr: string): boolean => stderr.includes('release: not found');

/** From `Error:` on, without the log lines before it. */
const messageOf = (stderr: string): string => {
  const start = stderr.lastIndexOf('Error: ');
  const text = (start < 0 ? stderr : stderr.slice(start + 'Error: '.length)).trim().replaceAll(/\s*\n\s*/g, ' ');
  return cut(withoutCredentials(text), LONGEST_MESSAGE) || 'failed without a message';
};

const withoutCredentials = (text: string): string => text
  .replaceAll(/\/\/[^/@\s]+@/g, '//***@')
  .replaceAll(/bearer\s+\S+/gi, 'bearer ***')
  .replaceAll(/((?:password|secret|token|key)["']?\s*[:=]\s*)("[^"]*"|'[^']*'|\S+)/gi, '$1***');
