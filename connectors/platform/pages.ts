import { z } from 'zod';
import type { ServiceClient, ServiceRequest } from './service-client.ts';

/** The platform's largest page. */
const PAGE_SIZE = 100;

/** The platform's list shape. */
export const pageOf = <T>(item: z.ZodType<T>) => z.object({
  data: z.array(item),
  pagination: z.object({ total: z.number(), hasNext: z.boolean() }),
});

/** Every item of a list, page by page. */
export const everyItem = async <T>(client: ServiceClient, list: Omit<ServiceRequest, 'method' | 'body'>, item: z.ZodType<T>): Promise<T[]> => {
  const items: T[] = [];
  for (let page = 0; ; page += 1) {
    const answer = await client.send({ ...list, method: 'GET', query: { ...list.query, page, size: PAGE_SIZE } });
    const { data, pagination } = answer.read(pageOf(item));
    items.push(...data);
    if (!pagination.hasNext) return items;
  }
};
