import { AUTHORITATIVE_ANSWER, type Answer, type Question } from 'dns-packet';
import { toAnswers, type RecordSet } from './dns-records.ts';
import { recordKey, type Zone } from './dns-zones.ts';

export interface DnsReply {
  /** Header flags, with the response code in the low four bits. */
  flags: number;
  answers: Answer[];
  authorities: Answer[];
  additionals: Answer[];
}

export const RCODE = { FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** The longest chain of CNAMEs followed inside a zone. */
const CHAIN_LIMIT = 8;

const NO_RECORDS = { answers: [], authorities: [], additionals: [] };
export const failure = (rcode: number): DnsReply => ({ flags: rcode, ...NO_RECORDS });

/** The name relative to the zone (`@` for the zone itself), or undefined when it lies outside. */
const relativeName = (zone: Zone, name: string): string | undefined => {
  if (name === zone.name) return '@';
  return name.endsWith(`.${zone.name}`) ? name.slice(0, -zone.name.length - 1) : undefined;
};

/**
 * What an authoritative server answers that holds `zones`: the data of the closest zone (AA), a referral where that zone delegates the name
 * (not AA, with glue), NXDOMAIN or an empty answer with the SOA, or REFUSED for names it knows nothing of. RFC 1034 §4.3.2, wildcards by RFC 4592.
 * @param glue the address of a name server, if it is one of ours
 */
export const answer = (question: Question, zones: readonly Zone[], glue: (nameServer: string) => string | undefined): DnsReply => {
  const name = question.name.toLowerCase();
  const own = glue(name);
  if (own !== undefined && question.type === 'A') {
    return { ...failure(AUTHORITATIVE_ANSWER), answers: [{ name: question.name, type: 'A', ttl: 3600, data: own }] };
  }
  const zone = zones.filter((one) => relativeName(one, name) !== undefined).toSorted((one, other) => other.name.length - one.name.length)[0];
  return zone ? answerFrom(zone, question, glue) : failure(RCODE.REFUSED);
};

const answerFrom = (zone: Zone, question: Question, glue: (nameServer: string) => string | undefined): DnsReply => {
  const relative = relativeName(zone, question.name.toLowerCase()) ?? '@';
  const cut = delegationAbove(zone, relative);
  if (cut && !(question.type === 'DS' && cut.name === relative)) return referral(zone, cut, glue);

  const owner = ownerOf(zone, relative);
  if (owner === undefined) return { ...failure(AUTHORITATIVE_ANSWER | RCODE.NXDOMAIN), authorities: soa(zone) };
  const answers = chase(zone, owner, question);
  return { ...failure(AUTHORITATIVE_ANSWER), answers, authorities: answers.length > 0 ? [] : soa(zone) };
};

/** The delegation closest to the apex on the way down to the name: below it this zone has no say. */
const delegationAbove = (zone: Zone, relative: string): RecordSet | undefined => {
  if (relative === '@') return undefined;
  const labels = relative.split('.');
  return labels.map((_, depth) => zone.records.get(recordKey(labels.slice(depth).join('.'), 'NS'))).findLast((set) => set !== undefined);
};

const referral = (zone: Zone, cut: RecordSet, glue: (nameServer: string) => string | undefined): DnsReply => {
  const authorities = toAnswers(cut, `${cut.name}.${zone.name}`);
  const additionals = authorities.flatMap((record): Answer[] => {
    const server = record.type === 'NS' ? record.data : '';
    const address = glue(server);
    return address === undefined ? [] : [{ name: server, type: 'A', ttl: cut.ttl, data: address }];
  });
  return { flags: 0, answers: [], authorities, additionals };
};

const setsAt = (zone: Zone, relative: string): RecordSet[] => [...zone.records.values()].filter((set) => set.name.toLowerCase() === relative);

/** True also for an empty non-terminal: a name without records that has names below it. */
const exists = (zone: Zone, relative: string): boolean =>
  relative === '@' || [...zone.records.values()].some(({ name }) => name.toLowerCase() === relative || name.toLowerCase().endsWith(`.${relative}`));

/** The name whose records answer: itself, or the wildcard of its closest encloser; undefined when there is neither. */
const ownerOf = (zone: Zone, relative: string): string | undefined => {
  if (exists(zone, relative)) return relative;
  const labels = relative.split('.');
  const enclosers = labels.map((_, depth) => labels.slice(depth + 1).join('.') || '@');
  const closest = enclosers.find((encloser) => exists(zone, encloser)) ?? '@';
  const wildcard = closest === '@' ? '*' : `*.${closest}`;
  return setsAt(zone, wildcard).length > 0 ? wildcard : undefined;
};

const chase = (zone: Zone, owner: string, question: Question, depth = 0): Answer[] => {
  const sets = setsAt(zone, owner);
  const wanted = sets.filter((set) => set.type === question.type).flatMap((set) => toAnswers(set, question.name));
  const alias = sets.find((set) => set.type === 'CNAME');
  if (wanted.length > 0 || !alias || depth === CHAIN_LIMIT) return wanted;
  const hop = toAnswers(alias, question.name);
  const target = alias.type === 'CNAME' ? alias.data.CNAMERecord.cname.replace(/\.$/, '') : '';
  const relative = relativeName(zone, target.toLowerCase());
  const next = relative === undefined ? undefined : ownerOf(zone, relative);
  return next === undefined ? hop : [...hop, ...chase(zone, next, { ...question, name: target }, depth + 1)];
};

const soa = (zone: Zone): Answer[] => setsAt(zone, '@').filter((set) => set.type === 'SOA').flatMap((set) => toAnswers(set, zone.name));
