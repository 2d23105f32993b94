import { environmentFile } from './charts.ts';

/** The arguments that give a chart its values. `values.yaml` is the chart's default and needs no argument. */
export const valueArguments = (chart: string, environment: string, set: Readonly<Record<string, string>>): string[] => [
  '--values', environmentFile(chart, environment),
  ...Object.entries(set).flatMap(([path, value]) => ['--set-string', `${path}=${value.replaceAll(/[\\,{}]/g, '\\$&')}`]),
];
