import { z } from 'zod';

/** A 64-bit identity of the database in decimal. */
export const idText = z.string().regex(/^[1-9]\d{0,18}$/);

/** One kind of job. Its data name rows and never hold them: BullMQ keeps data in the clear. */
export interface JobDefinition<Schema extends z.ZodType = z.ZodType> {
  /** One queue for each kind of job, since a worker takes whatever its queue holds. */
  readonly queue: string;
  readonly schema: Schema;
  /** The same for the same work, so that asking twice makes one job; neither all digits nor with a colon. */
  jobId(data: z.infer<Schema>): string;
  /** How often a failing job runs before the sweeper has to ask again. */
  readonly attempts: number;
  /** Delay after the first failure; it doubles from there, with jitter. */
  readonly backoffMs: number;
}

export type JobRegistry = Readonly<Record<string, JobDefinition>>;
export type JobName<Registry extends JobRegistry = Jobs> = keyof Registry & string;
export type JobData<Name extends keyof Registry, Registry extends JobRegistry = Jobs> = z.infer<
  Registry[Name]['schema']
>;

/** Every kind of job of the hub. */
export const JOBS = {
  'decide-submission': defineJob({
    queue: 'decide-submission',
    schema: z.strictObject({ submissionId: idText }),
    jobId: ({ submissionId }) => `submission-${submissionId}`,
    attempts: 8,
    backoffMs: 250,
  }),
} as const;

export type Jobs = typeof JOBS;

/** Keeps the schema's type while the definition is written down. */
export function defineJob<Schema extends z.ZodType>(
  definition: JobDefinition<Schema>,
): JobDefinition<Schema> {
  return definition;
}
