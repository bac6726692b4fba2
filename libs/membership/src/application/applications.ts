import { hash, randomBytes } from 'node:crypto';
import type { Database, Tx } from '#libs/platform';
import { act } from './act.js';
import type { ApplicationResult } from './application-result.js';
import type { ApplicationState, Reason } from './diagram.js';
import { principleStanding, type PrincipleStanding } from './principles.js';
import { profileSchema, type ApplicationProfile } from './profile.js';
import { readInput } from './read-input.js';
import { recordMove } from './record-move.js';

/**
 * Acts of an applicant. It has no login before admission: who holds the secret that creation returned, and nobody else, is the applicant.
 */
export class Applications {
  constructor(private readonly database: Database) {}

  /** Begins an application. The token is returned this once; the hub keeps its SHA-256. */
  async create(): Promise<{ application: string; token: string }> {
    const token = randomBytes(32).toString('base64url');
    return this.database.transaction('create-application', 'system:api', async (tx) => {
      const [row] = await tx.query<{ id: string }>(
        'INSERT INTO cairn.application (token_digest) VALUES ($1) RETURNING id',
        [digestOf(token)],
      );
      return { application: row!.id, token };
    });
  }

  /** Says what the applicant is, anew as often as the state allows. */
  setProfile(application: string, profile: unknown): Promise<ApplicationResult> {
    return this.act('set-application-profile', application, async (tx) => {
      const read: ApplicationProfile = readInput(profileSchema, profile, 'profile');
      await tx.query('INSERT INTO cairn.application_profile (application_id, profile) VALUES ($1, $2)', [
        application,
        JSON.stringify(read),
      ]);
      return {};
    });
  }

  /** Says where the applicant stands on one of the eleven Voluntary Principles; what it said last counts. */
  statePrinciple(application: string, standing: unknown): Promise<ApplicationResult> {
    return this.act('state-principle', application, async (tx) => {
      const row = principleRow(readInput(principleStanding, standing, 'principle'));
      await tx.query(
        `INSERT INTO cairn.application_principle (application_id, principle, applies, because, standing, planned_by, evidence)
          VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [application, row.principle, row.applies, row.because, row.standing, row.plannedBy, row.evidence],
      );
      return {};
    });
  }

  /** Hands the application in. */
  submit(application: string): Promise<ApplicationResult<{ state: ApplicationState }>> {
    return this.move(application, 'submitted', {});
  }

  /** Hands it back after information was requested. */
  answer(application: string, note: string | null): Promise<ApplicationResult<{ state: ApplicationState }>> {
    return this.act('answer-application', application, (tx) =>
      recordMove(tx, { applicant: application }, application, 'in_review', { note }, 'information_requested'),
    );
  }

  /** Ends it, at any time before there is a member. */
  withdraw(
    application: string,
    reason: Reason<'withdrawn'>,
    note: string | null = null,
  ): Promise<ApplicationResult<{ state: ApplicationState }>> {
    return this.move(application, 'withdrawn', { reason, note });
  }

  private move(
    application: string,
    to: ApplicationState,
    facts: { reason?: string; note?: string | null },
  ): Promise<ApplicationResult<{ state: ApplicationState }>> {
    return this.act('move-application', application, (tx) =>
      recordMove(tx, { applicant: application }, application, to, facts),
    );
  }

  /** Everything here is done in the applicant's own name. */
  private act<T extends object>(
    name: string,
    application: string,
    work: (tx: Tx) => Promise<T>,
  ): Promise<ApplicationResult<T>> {
    return act(this.database, name, { applicant: application }, work);
  }
}

/** Id of the application whose secret this is, or null. */
export async function findApplicationByToken(tx: Tx, token: string): Promise<string | null> {
  const [row] = await tx.query<{ id: string }>('SELECT id FROM cairn.application WHERE token_digest = $1', [
    digestOf(token),
  ]);
  return row?.id ?? null;
}

function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

interface PrincipleRow {
  principle: number;
  applies: boolean;
  because: string | null;
  standing: string | null;
  plannedBy: string | null;
  evidence: string | null;
}

function principleRow(said: PrincipleStanding): PrincipleRow {
  const applies = said.standing !== 'does_not_apply';
  return {
    principle: said.principle,
    applies,
    because: 'because' in said ? said.because : null,
    standing: applies ? said.standing : null,
    plannedBy: said.standing === 'planned' ? said.by : null,
    evidence: 'evidence' in said ? said.evidence : null,
  };
}
