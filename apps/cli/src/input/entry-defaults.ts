import { ClientError, type EntryDraft } from '#libs/client';
import { OPERATIONS, SIGNAL_TYPES, signalTypeByName, type Operation } from '#libs/protocol';

/** What the options of the command say about all entries. What an entry says itself goes first. */
export interface EntryDefaults {
  readonly type?: string;
  readonly op?: Operation;
  readonly labels?: readonly string[];
  readonly expires?: string;
  readonly reason?: string;
}

/**
 * An entry with what the options add to it. Labels and expiry go to assertions, a reason to retractions.
 *
 * @throws ClientError `INPUT_INVALID` when the type is not given and does not follow from the value's length
 */
export function withDefaults(
  draft: Omit<EntryDraft, 'type'> & { readonly type?: string },
  defaults: EntryDefaults,
): EntryDraft {
  const op = draft.op ?? defaults.op ?? 'assert';
  const type = draft.type ?? defaults.type ?? typeOfLength(draft);
  if (op !== 'assert') {
    const reason = draft.reason ?? (defaults.reason as EntryDraft['reason']);
    return reason === undefined ? { ...draft, op, type } : { ...draft, op, type, reason };
  }
  const labels = [...(draft.labels ?? []), ...(defaults.labels ?? [])];
  const expires = draft.expires ?? defaults.expires;
  return {
    ...draft,
    op,
    type,
    ...(labels.length > 0 ? { labels } : {}),
    ...(expires === undefined ? {} : { expires }),
  };
}

/**
 * Checks the options before any input is read.
 *
 * @throws ClientError `OPTION_INVALID`
 */
export function requireDefaults({ type, op, labels, expires, reason }: EntryDefaults): void {
  if (type !== undefined && signalTypeByName(type) === undefined)
    refuse('--type', `must be one of ${typeNames()}`);
  if (op !== undefined && !Object.hasOwn(OPERATIONS, op)) {
    refuse('--op', `must be one of ${Object.keys(OPERATIONS).join(', ')}`);
  }
  if (op === 'retract' && (labels !== undefined || expires !== undefined)) {
    refuse('--op', 'a retraction has neither labels nor an expiry');
  }
  if (op === 'assert' && reason !== undefined) refuse('--reason', 'is for retractions');
}

function typeOfLength({ value, place }: Pick<EntryDraft, 'value' | 'place'>): string {
  const fitting = SIGNAL_TYPES.filter(({ keyLength }) => keyLength * 2 === String(value).length);
  if (fitting.length === 1) return fitting[0]!.name;
  const names = fitting.map(({ name }) => name).join(' and ');
  const rule =
    fitting.length === 0
      ? `value: must be a hash of a known type (${typeNames()}) in hex`
      : `value: ${names} have the same length; say which with --type`;
  throw new ClientError('INPUT_INVALID', `${place?.source}, line ${place?.line}`, rule);
}

function typeNames(): string {
  return SIGNAL_TYPES.map(({ name }) => name).join(', ');
}

function refuse(option: string, rule: string): never {
  throw new ClientError('OPTION_INVALID', option, rule);
}
