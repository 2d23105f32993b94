/** The place of a zone in Azure. */
export interface ZonePlace {
  subscription: string;
  group: string;
  zone: string;
}

/** The place of a child zone's delegation: a label in its parent zone. */
export interface DelegationPlace extends ZonePlace {
  label: string;
}

const ZONE_ID = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Network\/dnszones\/([^/]+)(?:\/NS\/([^/]+))?$/i;

/** Parses Azure's id of a zone. */
export const zonePlaceOf = (id: string): ZonePlace => {
  const [, subscription = '', group = '', zone = ''] = partsOf(id);
  return { subscription, group, zone };
};

/** Parses Azure's id of an NS record set. */
export const delegationPlaceOf = (id: string): DelegationPlace => ({ ...zonePlaceOf(id), label: partsOf(id)[4] ?? '' });

const partsOf = (id: string): RegExpExecArray => {
  const parts = ZONE_ID.exec(id);
  if (!parts) throw new Error(`${JSON.stringify(id)} is no id of a DNS zone or an NS record set`);
  return parts;
};

/** Splits a child zone's name into label and parent. After a change of the settings, an older name has another parent. */
export const splitName = (name: string): { label: string; parent: string } => {
  const dot = name.indexOf('.');
  return { label: name.slice(0, dot), parent: name.slice(dot + 1) };
};

/** Azure compares names and groups case-insensitively. */
export const isSamePlace = <Place extends ZonePlace>(one: Place, other: Place): boolean =>
  JSON.stringify(Object.values(one)).toLowerCase() === JSON.stringify(Object.values(other)).toLowerCase();
