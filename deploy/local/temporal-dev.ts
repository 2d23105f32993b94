import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectFolder } from './project-folder.ts';

const schema = z.strictObject({
  version: z.string(),
  namespace: z.string(),
  ports: z.strictObject({ frontend: z.int(), ui: z.int() }),
  searchAttributes: z.record(z.string(), z.enum(['Keyword', 'Text', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList'])),
  dynamicConfiguration: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
});

/** The settings of the Temporal development server, from `temporal-dev.yaml`. */
export const temporalDev = schema.parse(parse(readFileSync(join(projectFolder, 'temporal-dev.yaml'), 'utf8')));
