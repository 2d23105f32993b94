const MAXIMUM_SIZE = 100;

const whole = (text: string | null, fallback: number): number => {
  const number = Number(text ?? fallback);
  return Number.isInteger(number) && number >= 0 ? number : fallback;
};

/** One page in the platform's list shape; `page` counts from 0, `size` is 20 unless told, at most 100. */
export const paged = <T>(items: readonly T[], query: URLSearchParams) => {
  const page = whole(query.get('page'), 0);
  const size = Math.min(Math.max(whole(query.get('size'), 20), 1), MAXIMUM_SIZE);
  const totalPages = Math.ceil(items.length / size);
  return {
    data: items.slice(page * size, (page + 1) * size),
    pagination: { page, size, total: items.length, totalPages, hasNext: page + 1 < totalPages, hasPrevious: page > 0 },
  };
};
