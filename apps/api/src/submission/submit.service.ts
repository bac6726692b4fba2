import { Inject, Injectable } from '@nestjs/common';
import { SubmissionReceiver } from '#libs/intake';
import type { MemberStanding } from '#libs/membership';
import type { SubmissionReceipt, SubmissionRefused, SubmitInput } from './submit.types.js';

export type SubmitAnswer = SubmissionReceipt | SubmissionRefused;

/** The way in for submissions. */
@Injectable()
export class SubmitService {
  constructor(@Inject(SubmissionReceiver) private readonly receiver: SubmissionReceiver) {}

  async submit({ id, member }: MemberStanding, { manifest, entries }: SubmitInput): Promise<SubmitAnswer> {
    const lines = Buffer.from(entries, 'utf8');
    const result = await this.receiver.receive({ memberId: id, member, manifest, entries: lines });
    if (result.ok) return { __typename: 'SubmissionReceipt', ...result };
    const { code, field, rule, line, retryAt } = result;
    const message = `${field}: ${rule}`;
    return { __typename: 'SubmissionRefused', code, message, field, rule, line, retryAt };
  }
}
