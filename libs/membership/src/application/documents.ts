import { hash } from 'node:crypto';
import type { Database, Tx } from '#libs/platform';
import { act, personOf, requireApplicationId, type By } from './act.js';
import { ActRefused, type ApplicationResult } from './application-result.js';
import { readInput, text } from './read-input.js';

/** Kinds of file that are stored. */
export const MEDIA_TYPES = ['application/pdf', 'image/png', 'image/jpeg', 'text/plain'] as const;
/** One of {@link MEDIA_TYPES}. */
export type MediaType = (typeof MEDIA_TYPES)[number];

/** Most bytes of a document, and most documents of an application. */
export const DOCUMENT_LIMITS = { bytes: 10 * 1024 * 1024, documents: 100 } as const;

/** A stored document. */
export interface StoredDocument {
  /** SHA-256, hex. */
  digest: string;
  mediaType: MediaType;
  name: string;
  content: Buffer;
}

/** Documents of applications, by digest; the same bytes are stored once for each application, so that none shares another's. */
export class ApplicationDocuments {
  constructor(private readonly database: Database) {}

  /**
   * Adds a document to an application.
   *
   * @returns its SHA-256 in hex; refused as BAD_INPUT when type, size or content is not allowed, TAKEN when it is there already
   */
  add(
    by: By,
    application: string,
    document: { name: string; mediaType: string; content: Uint8Array },
  ): Promise<ApplicationResult<{ digest: string }>> {
    return act(this.database, 'add-application-document', by, async (tx) => {
      requireApplicationId(application);
      if ('applicant' in by && by.applicant !== application)
        throw new ActRefused('NOT_ALLOWED', 'actor', 'must be the applicant');
      const name = readInput(text(200), document.name, 'name');
      const mediaType = requireMediaType(document);
      const digest = hash('sha256', document.content, 'hex');
      await tx.query(
        `INSERT INTO cairn.document (application_id, digest, content) VALUES ($1, decode($2, 'hex'), $3) ON CONFLICT DO NOTHING`,
        [application, digest, document.content],
      );
      await tx.query(
        `INSERT INTO cairn.application_document (application_id, digest, person_id, media_type, name)
          VALUES ($1, decode($2, 'hex'), $3, $4, $5)`,
        [application, digest, personOf(by), mediaType, name],
      );
      await refuseTooMany(tx, application);
      return { digest };
    });
  }

  /** The document of that digest, if it is with that application. */
  async find(by: By, application: string, digest: string): Promise<ApplicationResult<StoredDocument>> {
    return act(this.database, 'read-application-document', by, async (tx) => {
      const [row] = await tx.query<StoredDocument>(
        `SELECT encode(d.digest, 'hex') AS digest, a.media_type AS "mediaType", a.name, d.content
           FROM cairn.application_document a JOIN cairn.document d USING (application_id, digest)
          WHERE a.application_id = $1 AND encode(d.digest, 'hex') = $2`,
        [requireApplicationId(application), digest],
      );
      if (row === undefined) throw new ActRefused('NOT_FOUND', 'document', 'is not known');
      return row;
    });
  }
}

const SIGNATURES: Record<Exclude<MediaType, 'text/plain'>, string> = {
  'application/pdf': '%PDF-',
  'image/png': '\x89PNG\r\n\x1a\n',
  'image/jpeg': '\xff\xd8\xff',
};

function requireMediaType({ mediaType, content }: { mediaType: string; content: Uint8Array }): MediaType {
  const known = MEDIA_TYPES.find((type) => type === mediaType);
  if (known === undefined)
    throw new ActRefused('BAD_INPUT', 'mediaType', `must be one of ${MEDIA_TYPES.join(', ')}`);
  if (content.length === 0 || content.length > DOCUMENT_LIMITS.bytes)
    throw new ActRefused('BAD_INPUT', 'content', `must have 1 to ${DOCUMENT_LIMITS.bytes} bytes`);
  const fits = known === 'text/plain' ? isText(content) : startsWith(content, SIGNATURES[known]);
  if (!fits) throw new ActRefused('BAD_INPUT', 'content', 'must be a file of the media type');
  return known;
}

function startsWith(content: Uint8Array, signature: string): boolean {
  return Buffer.from(content.subarray(0, signature.length)).toString('latin1') === signature;
}

function isText(content: Uint8Array): boolean {
  try {
    return !new TextDecoder('utf-8', { fatal: true }).decode(content).includes('\0');
  } catch {
    return false;
  }
}

/** The application's row is held by the act, so the count is that of this act. */
async function refuseTooMany(tx: Tx, application: string): Promise<void> {
  const [row] = await tx.query<{ count: number }>(
    'SELECT count(*)::integer AS count FROM cairn.application_document WHERE application_id = $1',
    [application],
  );
  if (row!.count > DOCUMENT_LIMITS.documents)
    throw new ActRefused('NOT_ALLOWED', 'document', `must be at most the ${DOCUMENT_LIMITS.documents}th`);
}
