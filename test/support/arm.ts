import { endpoints } from './endpoints.ts';

const SUBSCRIPTION = '/subscriptions/00000000-0000-0000-0000-000000000000';
const ZONES = '/providers/Microsoft.Network/dnsZones';

const addressOf = (path: string): string => `${endpoints().azureDns}${SUBSCRIPTION}${path}?api-version=2018-05-01`;

const answered = async (url: string, init?: RequestInit): Promise<any> => {
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
};

/** A call to Azure DNS as an administrator makes it; `path` is below the zones of a resource group, the stack's own unless told otherwise. */
export const armCall = (method: string, path: string, body?: unknown, group = 'matih-dns'): Promise<any> =>
  answered(addressOf(`/resourceGroups/${group}${ZONES}${path}`), {
    method, ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });

const listAt = async <Item>(path: string): Promise<Item[]> => {
  const items: Item[] = [];
  for (let url: string | undefined = addressOf(path); url;) {
    const body = await answered(url) as { value: Item[]; nextLink?: string };
    items.push(...body.value);
    url = body.nextLink;
  }
  return items;
};

/** All items of a list below the stack's own resource group's zones. */
export const armList = <Item>(path: string): Promise<Item[]> => listAt(`/resourceGroups/matih-dns${ZONES}${path}`);

/** The zones of all resource groups. */
export const allZones = (): Promise<{ id: string; name: string }[]> => listAt(ZONES);
