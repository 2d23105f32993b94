import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SettingsError } from '../../settings/read-settings.ts';
import type { WorkerSettings } from '../../settings/worker.ts';
import { CATALOGUE, INGRESS_CONTROLLER } from '../../tenant/catalogue.ts';

/** The folder of a chart. The path is absolute: Helm takes a missing relative path for the name of a repository. */
export const chartFolder = ({ HELM_CHARTS_DIR }: Pick<WorkerSettings, 'HELM_CHARTS_DIR'>, chart: string): string => resolve(HELM_CHARTS_DIR, chart);

/** Chart values that an environment adds to the defaults. */
export const environmentFile = (chart: string, environment: string): string => join(chart, `values-${environment}.yaml`);

/** Throws a SettingsError naming the missing files. A worker without its charts does not start. */
export const checkCharts = (settings: Pick<WorkerSettings, 'HELM_CHARTS_DIR' | 'ENVIRONMENT'>): void => {
  const folders = [...CATALOGUE.map(({ name }) => name), INGRESS_CONTROLLER].map((chart) => chartFolder(settings, chart));
  const missing = folders.flatMap((folder) => [join(folder, 'Chart.yaml'), environmentFile(folder, settings.ENVIRONMENT)]).filter((file) => !existsSync(file));
  if (missing.length > 0) throw new SettingsError(missing.map((file) => `HELM_CHARTS_DIR has no ${file}`));
};
