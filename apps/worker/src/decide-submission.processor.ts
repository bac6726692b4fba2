import { Inject } from '@nestjs/common';
import { SubmissionDecider } from '#libs/intake';
import { type JobData } from '#libs/platform';
import { JobProcessor, ProcessorOf } from '#libs/platform/nest';

/** Verifies a received submission and decides its entries. */
@ProcessorOf('decide-submission')
export class DecideSubmissionProcessor extends JobProcessor<'decide-submission'> {
  constructor(@Inject(SubmissionDecider) private readonly decider: SubmissionDecider) {
    super();
  }

  protected async handle({ submissionId }: JobData<'decide-submission'>): Promise<void> {
    await this.decider.decide(submissionId);
  }
}
