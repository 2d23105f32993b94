/** Prints `.env.example`: every setting of the API and the worker with its meaning and default. Run as `npm run env-example`. */
import type { z } from 'zod';
import { apiSettingsSchema } from './api.ts';
import { workerSettingsSchema } from './worker.ts';

const linesOf = (schema: z.ZodObject, skip: ReadonlySet<string>): string[] => Object.entries(schema.shape)
  .filter(([name]) => !skip.has(name))
  .flatMap(([name, type]) => {
    const field = type as z.ZodType;
    const absent = field.safeParse(undefined);
    const byDefault = absent.success && absent.data !== undefined ? String(absent.data as string | number | boolean) : '';
    const need = absent.success ? (byDefault ? '' : ' (optional)') : ' (required)';
    return [`# ${field.description ?? name}${need}`, `${absent.success ? '# ' : ''}${name}=${byDefault}`, ''];
  });

/** The whole file; a test holds the committed one against it. */
export const envExample = (): string => [
  '# Settings of the worker', '',
  ...linesOf(workerSettingsSchema, new Set()),
  '# Settings of the API, besides those it shares with the worker', '',
  ...linesOf(apiSettingsSchema, new Set(Object.keys(workerSettingsSchema.shape))),
].join('\n');

if (process.argv[1] === new URL(import.meta.url).pathname) process.stdout.write(envExample());
