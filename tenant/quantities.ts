/** Kubernetes quantities as plain numbers. */

const SUFFIXES: Readonly<Record<string, number>> = {
  '': 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40,
};

const QUANTITY = /^(\d+(?:\.\d+)?(?:[eE]\d+)?)([a-zA-Z]*)$/;

/** Cores, bytes or pieces of a quantity such as `100m`, `4Gi` or `20`; NaN when it is none. */
export const parseQuantity = (text: string): number => {
  const [, number = '', suffix = ''] = QUANTITY.exec(text) ?? [];
  return number === '' ? Number.NaN : Number(number) * (SUFFIXES[suffix] ?? Number.NaN);
};
