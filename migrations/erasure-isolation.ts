import type { TableIsolation } from './isolation-rules.js';

const READ = ['select'] as const;

/** How the tables of erasures are kept apart: part of `TABLE_ISOLATION`. */
export const ERASURE_ISOLATION: Readonly<Record<string, TableIsolation>> = {
  erasure: {
    rowsOf: 'house',
    api: { person: ['select', 'insert', 'update'] },
    people: { deciders: ['select', 'insert', 'update'], auditors: READ, administrator: [] },
    triggers: READ,
    reason: 'between the two persons who decide it, and auditors; the statement is public',
  },
  erasure_line: {
    rowsOf: 'house',
    api: { person: ['select', 'insert'] },
    people: { deciders: ['select', 'insert'], auditors: READ, administrator: [] },
    triggers: READ,
    reason: 'like the erasure',
  },
  erased_line: {
    rowsOf: 'member',
    owner: 't.member_id',
    api: { member: READ, provenance: READ },
    triggers: ['select', 'insert'],
    reason:
      'whose lines were erased, and as long as somebody else names it, of which signal; a trigger alone writes it',
  },
  signal_purge: { rowsOf: 'house', api: {}, reason: 'how often the worker deleted signals' },
};
