import {
  decodeMetadata,
  formatDay,
  signalTypeByName,
  toHex,
  type Assurance,
  type Status,
} from '#libs/protocol';
import type { RecordView } from './set-reader.js';

/** A signal as a feed publishes it, for people and programs. */
export interface StoreRecord {
  readonly feed: string;
  readonly type: string;
  /** Canonical value: lower-case hex for hashes. */
  readonly value: string;
  readonly status: Status;
  readonly assurance: Assurance;
  /** Independent supporters: exact to 3, then the greatest power of two not above. */
  readonly supporters: number;
  /** Labels by name, each with its supporters; `label-<code>` where the name is not known. */
  readonly labels: readonly { readonly label: string; readonly count: number }[];
  /** First day (UTC, `YYYY-MM-DD`) on which the claims no longer stand, or null. */
  readonly expires: string | null;
  /** Greatest reported quality of a perceptual hash, 0 to 100, or null. */
  readonly quality: number | null;
  /** Codes of the members who wish to be named. */
  readonly authors: readonly number[];
}

/** What metadata says; the same for all records with the same metadata. */
type Facts = Omit<StoreRecord, 'feed' | 'type' | 'value'>;

/** 9999-12-31: no later day has a name of ten characters. */
const LAST_DAY = 2_932_896;
/** Distinct metadata strings that are remembered; a feed has some hundreds. */
const REMEMBERED = 10_000;

/** Makes the records of one feed and type readable. */
export class RecordDescriber {
  private readonly known = new Map<string, Facts>();

  constructor(
    private readonly feed: string,
    private readonly type: string,
    private readonly labels: ReadonlyMap<number, string>,
  ) {}

  describe({ key, metadata, value }: RecordView): StoreRecord {
    return { feed: this.feed, type: this.type, value: this.valueOf(key, value), ...this.factsOf(metadata) };
  }

  private valueOf(key: Uint8Array, value: Uint8Array): string {
    if (value.length > 0) return Buffer.from(value).toString('utf8');
    return signalTypeByName(this.type)?.format(key) ?? toHex(key);
  }

  private factsOf(metadata: Uint8Array): Facts {
    const { buffer, byteOffset, length } = metadata;
    const name = Buffer.from(buffer, byteOffset, length).toString('latin1');
    let facts = this.known.get(name);
    if (facts === undefined) {
      facts = readFacts(metadata, this.labels);
      if (this.known.size >= REMEMBERED) this.known.clear();
      this.known.set(name, facts);
    }
    return facts;
  }
}

function readFacts(metadata: Uint8Array, labels: ReadonlyMap<number, string>): Facts {
  const facts = decodeMetadata(metadata);
  return {
    status: facts.status,
    assurance: facts.assurance,
    supporters: facts.supporters,
    labels: facts.labels.map(({ code, count }) => ({ label: labels.get(code) ?? `label-${code}`, count })),
    expires: facts.expiryDay === undefined ? null : formatDay(Math.min(facts.expiryDay, LAST_DAY)),
    quality: facts.quality ?? null,
    authors: facts.authors,
  };
}
