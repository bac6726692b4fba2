import type { Database, Tx } from '#libs/platform';
import { act, requireApplicationId } from './act.js';
import { readApplicationDocument, versionDigest, type ApplicationDocument } from './application-document.js';
import { ActRefused, type ApplicationResult } from './application-result.js';
import { optional } from './application-review.js';
import type { ApplicationState, Reason } from './diagram.js';
import { channelRights, type ChannelRights } from './profile.js';
import { readInput } from './read-input.js';
import { recordMove } from './record-move.js';

/** What a vetter recommends: to admit with these rights, or to reject for these reasons. */
export type Proposal =
  | { direction: 'admit'; rights: readonly ChannelRights[]; accredited: boolean }
  | { direction: 'reject'; reasons: readonly Reason<'rejected'>[] };

/** A version and its digest: what whoever recommends or decides is shown, and names. */
export interface ApplicationForDecision {
  document: ApplicationDocument;
  /** SHA-256 of the document's canonical JSON, hex. */
  digest: string;
}

/** Two persons: one recommends, another decides, and nothing changes in between. */
export class Decisions {
  constructor(private readonly database: Database) {}

  /** The version that a recommendation or a decision made now is about. */
  applicationForDecision(
    person: number,
    application: string,
  ): Promise<ApplicationResult<ApplicationForDecision>> {
    return act(this.database, 'read-application-for-decision', { person }, (tx) => present(tx, application));
  }

  /**
   * Recommends. To admit: once the window is open, every required check has passed and each standing on a principle has a finding. To reject:
   * at any time of the review.
   *
   * @param digest of the version that was shown; refused as CHANGED when it is not the present one
   */
  recommend(
    person: number,
    application: string,
    digest: string,
    proposal: Proposal,
    note: string | null = null,
  ): Promise<ApplicationResult<{ number: number }>> {
    return act(this.database, 'recommend-application', { person }, async (tx) => {
      const { document } = await requirePresent(tx, application, digest);
      const admit = proposal.direction === 'admit';
      const rights = admit ? readInput(channelRights, proposal.rights, 'rights') : [];
      await requireChannels(tx, rights);
      const [row] = await tx.query<{ number: number }>(
        `INSERT INTO cairn.application_recommendation
            (application_id, person_id, direction, reasons, rights, accredited, seen, digest, note)
          VALUES ($1, $2, $3, $4, $5, $6, $7, decode($8, 'hex'), $9) RETURNING number::float8 AS number`,
        [
          application,
          person,
          proposal.direction,
          admit ? [] : proposal.reasons,
          JSON.stringify(rights),
          admit && proposal.accredited,
          document.revision,
          digest,
          optional(note, 4000, 'note'),
        ],
      );
      return { number: row!.number };
    });
  }

  /**
   * Decides as was recommended by another person. Not to follow a recommendation is no decision: then somebody recommends anew.
   *
   * @param digest of the version that was shown, the recommendation in it; refused as CHANGED when anything changed since
   * @param direction of the recommendation, said again
   */
  decide(
    person: number,
    application: string,
    digest: string,
    direction: 'admit' | 'reject',
    note: string | null = null,
  ): Promise<ApplicationResult<{ state: ApplicationState }>> {
    return act(this.database, 'decide-application', { person }, async (tx) => {
      const { document } = await requirePresent(tx, application, digest);
      const recommended = document.recommendations.at(-1);
      if (recommended?.number !== document.revision)
        throw new ActRefused('NOT_READY', 'recommendation', 'must be made of the present version');
      if (recommended.direction !== direction)
        throw new ActRefused('BAD_INPUT', 'direction', 'must be the recommended one');
      const words = optional(note, 4000, 'note');
      await tx.query(
        `INSERT INTO cairn.application_decision
            (application_id, recommendation, recommended_by, person_id, direction, digest, note)
          VALUES ($1, $2, $3, $4, $5, decode($6, 'hex'), $7)`,
        [application, recommended.number, recommended.person, person, direction, digest, words],
      );
      const to = direction === 'admit' ? 'decided' : 'rejected';
      const reason = direction === 'admit' ? null : recommended.reasons[0]!;
      return recordMove(tx, { person }, application, to, { reason, note: words });
    });
  }
}

async function present(tx: Tx, application: string): Promise<ApplicationForDecision> {
  const document = await readApplicationDocument(tx, application);
  return { document, digest: versionDigest(document) };
}

/** Holds the application, so that what is read here is what the act is recorded on. */
async function requirePresent(tx: Tx, application: string, digest: string): Promise<ApplicationForDecision> {
  await tx.query('SELECT 1 FROM cairn.application WHERE id = $1 FOR UPDATE', [
    requireApplicationId(application),
  ]);
  const version = await present(tx, application);
  if (version.digest !== digest)
    throw new ActRefused('CHANGED', 'digest', 'is not that of the present version');
  return version;
}

/** What a member is to be given must be there to be given. */
async function requireChannels(tx: Tx, rights: readonly ChannelRights[]): Promise<void> {
  const names = rights.map(({ channel }) => channel);
  const [row] = await tx.query<{ known: number }>(
    'SELECT count(*)::integer AS known FROM cairn.channel WHERE name = ANY ($1)',
    [names],
  );
  if (row!.known !== names.length)
    throw new ActRefused('NOT_FOUND', 'rights', 'must be on channels of this hub');
}
