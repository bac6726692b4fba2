import { Inject, Injectable } from '@nestjs/common';
import {
  ConformanceRuns,
  type ConformanceRefusal,
  type ConformanceRun as MemberRun,
  type MemberStanding,
} from '#libs/membership';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import type { ConformanceRefused, ConformanceReportInput, ConformanceRun } from './conformance.types.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Conformance runs as the member that is tried sees them. */
@Injectable()
export class ConformanceService {
  constructor(@Inject(ConformanceRuns) private readonly runs: ConformanceRuns) {}

  async list({ id }: MemberStanding): Promise<ConformanceRun[]> {
    return (await this.runs.list(id)).map(toRun);
  }

  async start({ id }: MemberStanding): Promise<ConformanceRun | ConformanceRefused> {
    const started = await this.runs.start(id);
    return started.ok ? toRun(started.run) : toRefused(started);
  }

  async report(
    { id }: MemberStanding,
    input: ConformanceReportInput,
  ): Promise<ConformanceRun | ConformanceRefused | NotFound> {
    const { run, step, submission = null, size = null, root = null, answer = null, reset = null } = input;
    if (!UUID.test(run)) return notFound();
    const judged = await this.runs.report(id, { run, step, submission, size, root, answer, reset });
    if (judged.ok) return toRun(judged.run);
    return judged.code === 'NOT_FOUND' ? notFound() : toRefused(judged);
  }
}

/** Picks what the member may see: the run's secret stays behind. */
function toRun({ run, state, startedAt, expiresAt, steps, task }: MemberRun): ConformanceRun {
  return { __typename: 'ConformanceRun', id: run, state, startedAt, expiresAt, steps, task };
}

function toRefused({ code, field, rule }: ConformanceRefusal): ConformanceRefused {
  return { __typename: 'ConformanceRefused', code, message: `${field} ${rule}`, field, rule };
}
