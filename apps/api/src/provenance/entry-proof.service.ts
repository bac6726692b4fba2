import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '#libs/access';
import { EntryProver, type ProofReader, type WantedEntry } from '#libs/provenance';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import { ApiError } from '../graphql/api-error.js';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import { isName } from '../graphql/is-name.js';
import type { EntryErased, EntryProof } from './entry-proof.types.js';
import { requirePurpose } from './require-purpose.js';

/** Entries proved to whoever is entitled to them. */
@Injectable()
export class EntryProofService {
  constructor(@Inject(EntryProver) private readonly prover: EntryProver) {}

  /** @throws ApiError `BAD_USER_INPUT`, `UNAUTHENTICATED` */
  async prove(
    caller: Caller,
    wanted: WantedEntry,
    purpose: string | null,
  ): Promise<EntryProof | NotFound | EntryErased | ActRefused> {
    const { index } = wanted;
    if (index !== null && index < 0) throw new ApiError('BAD_USER_INPUT', 'index must not be negative');
    if (!isName(wanted.channel)) return notFound();
    const result = await this.prover.prove(readerOf(caller), wanted, requirePurpose(caller, purpose));
    if (result.ok) return { __typename: 'EntryProof', document: result.document };
    if (result.code === 'NOT_FOUND') return notFound();
    if (result.code === 'ERASED') {
      const { index, erasedBy } = result;
      const message = `the entry was erased by the statement at log index ${erasedBy}`;
      return { __typename: 'EntryErased', code: 'ERASED', message, index, erasedBy };
    }
    return actRefused({
      ok: false,
      code: 'NOT_ALLOWED',
      field: 'purpose',
      rule: 'must say why: the entry is anonymous, and that a person reads its author is recorded',
    });
  }
}

function readerOf(caller: Caller): ProofReader {
  if (caller.role === 'member') return { kind: 'member', id: caller.member.id };
  if (caller.role === 'person') return { kind: 'person', id: caller.person.id };
  throw new ApiError('UNAUTHENTICATED', 'this field needs an access token or a login');
}
