import { join } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { defaultCacheFolder } from '../../deploy/local/toolchain/cache.ts';
import { provideTools } from '../../deploy/local/toolchain/toolchain.ts';
import { tools } from '../../deploy/local/toolchain/tools.ts';
import { createProgress } from '../../deploy/local/progress.ts';
import { projectFolder } from '../../deploy/local/project-folder.ts';

export const chartsFolder = join(projectFolder, 'infrastructure/helm');

/** What a release of a tenant is rendered with; `set` holds further values as given to `--set`. */
export interface Rendering {
  readonly chart: string;
  readonly slug: string;
  readonly tier: string;
  readonly environment: string;
  readonly set?: string;
}

export const TENANT_ID = '6f1c1a3e-0f2b-4d0c-9a57-2f8d7c1b2a33';

/** Helm, from its setting, the cache of tools, a download or a build. */
export async function findHelm(): Promise<string> {
  const options = { cacheFolder: defaultCacheFolder(), environment: process.env, progress: createProgress() };
  return (await provideTools({ helm: tools.helm }, options)).helm;
}

/**
 * The objects of a release as `helm template` renders them, with the value files and values of a real installation.
 * @throws with Helm's own words when the chart refuses its values
 */
export async function renderChart<T>(helm: string, { chart, slug, tier, environment, set }: Rendering): Promise<T[]> {
  const folder = join(chartsFolder, chart);
  const { stdout } = await execa(helm, [
    'template', `${slug}-${chart}`, folder, '--namespace', `matih-data-plane-${slug}`,
    '--values', join(folder, 'values.yaml'), '--values', join(folder, `values-${environment}.yaml`),
    '--set-string', `tenant.id=${slug},tenant.tier=${tier},tenant.uuid=${TENANT_ID}`,
    ...(set ? ['--set', set] : []),
  ]);
  return parseAllDocuments(stdout).map((document) => document.toJS() as T);
}
