import { z } from 'zod';

/** Thrown at start-up with every missing or wrong setting, by name, and what is expected of it. Never shows a value: it may be a secret. */
export class SettingsError extends Error {
  constructor(problems: readonly string[]) {
    super(`Settings missing or wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/** Reads a process's settings from its environment; an empty variable counts as missing. */
export const readSettings = <T extends z.ZodObject>(schema: T, environment: NodeJS.ProcessEnv): z.infer<T> => {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new SettingsError(result.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const description = (schema.shape[name] as z.ZodType | undefined)?.description;
    const state = given[name] === undefined ? 'is missing' : issue.message;
    return description ? `${name} ${state} (${description})` : `${name} ${state}`;
  }));
};

/** A whole number above zero, with its default and what it measures. */
export const count = (byDefault: number, description: string) => z.coerce.number().int().positive().default(byDefault).describe(description);

/** A required text. */
export const text = (description: string) => z.string().describe(description);

/** A list separated by commas. */
export const list = (description: string) => z.string().transform((value) => value.split(',').map((item) => item.trim()).filter(Boolean)).describe(description);
