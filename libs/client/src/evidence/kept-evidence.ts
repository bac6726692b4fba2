import { join } from 'node:path';
import { ClientError } from '../client-error.js';
import type { MemberHome } from '../config/member-home.js';
import { durableFiles } from '../files/durable-files.js';
import { feedsIn } from '../store/hash-store.js';
import { Outbox, type UnprovedPromise } from '../submit/outbox.js';
import { EvidenceDirectory } from './evidence-directory.js';

/** A file of evidence that is kept. */
export interface KeptFile {
  /** By which it is shown and accepted. */
  readonly name: string;
  readonly path: string;
  /** Channel of the feed that it is about; null for the provenance log. */
  readonly feed: string | null;
}

/** All evidence that a member keeps: of the provenance log in its home, of feeds in a store. Nothing here asks the hub. */
export class KeptEvidence {
  /** @param store  directory of the store; null for none */
  constructor(
    private readonly home: MemberHome,
    private readonly store: string | null,
  ) {}

  /** What nobody has accepted yet. */
  async list(): Promise<KeptFile[]> {
    const files: KeptFile[] = [];
    for (const { feed, evidence } of await this.directories()) {
      for (const name of await evidence.list()) files.push({ name, path: join(evidence.path, name), feed });
    }
    return files;
  }

  /** Promises whose time is over and that were not shown to be kept. */
  async overduePromises(now: number = Date.now()): Promise<UnprovedPromise[]> {
    const unproved = await new Outbox(this.home.outbox, durableFiles).unproved();
    return unproved.filter(({ deadline }) => deadline < now);
  }

  /**
   * The bytes of a file, accepted or not.
   *
   * @throws ClientError `OPTION_INVALID` when nothing of that name is kept
   */
  async read(name: string): Promise<Uint8Array> {
    for (const { evidence } of await this.directories()) {
      const file = await evidence.read(name);
      if (file !== null) return file;
    }
    throw unknown(name);
  }

  /**
   * Says that somebody has looked into it, and wants to go on in spite of it. The file stays, in `evidence/accepted`.
   *
   * @throws ClientError `OPTION_INVALID` when nothing of that name is kept
   */
  async accept(name: string): Promise<void> {
    let found = false;
    for (const { evidence } of await this.directories()) found = (await evidence.accept(name)) || found;
    if (!found) throw unknown(name);
  }

  private async directories(): Promise<{ feed: string | null; evidence: EvidenceDirectory }[]> {
    const { home, store } = this;
    const feeds = store === null ? [] : await feedsIn(store);
    return [
      { feed: null, evidence: new EvidenceDirectory(durableFiles, home.hubState) },
      ...feeds.map((feed) => ({ feed, evidence: new EvidenceDirectory(durableFiles, join(store!, feed)) })),
    ];
  }
}

function unknown(name: string): ClientError {
  return new ClientError(
    'OPTION_INVALID',
    name,
    'is the name of no evidence that is kept here (give --store)',
  );
}
