import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A release's own values: what files and --set-string add to the chart's defaults, as `helm get values` reports them. */
export type Values = { [key: string]: unknown };

/** The arguments that give a chart its values. `values.yaml` is the chart's default and needs no argument. */
export const valueArguments = (chart: string, environment: string, set: Readonly<Record<string, string>>): string[] => [
  '--values', environmentFile(chart, environment),
  ...Object.entries(set).flatMap(([path, value]) => ['--set-string', `${path}=${value.replaceAll(/[\\,{}]/g, '\\$&')}`]),
];

/** What `helm get values` reports of a release that was deployed with these arguments. */
export const expectedValues = async (chart: string, environment: string, set: Readonly<Record<string, string>>): Promise<Values> => {
  const values = (parse(await readFile(environmentFile(chart, environment), 'utf8')) ?? {}) as Values;
  for (const [path, value] of Object.entries(set)) assign(values, path.split('.'), value);
  return values;
};

/** Name and version, as Helm's history names a chart. */
export const chartId = async (chart: string): Promise<string> => {
  const { name, version } = parse(await readFile(join(chart, 'Chart.yaml'), 'utf8')) as { name: string; version: string };
  return `${name}-${version}`;
};

const environmentFile = (chart: string, environment: string): string => join(chart, `values-${environment}.yaml`);

const assign = (values: Values, [key, ...rest]: string[], value: string): void => {
  if (key === undefined) return;
  if (rest.length === 0) values[key] = value;
  else assign((values[key] ??= {}) as Values, rest, value);
};
