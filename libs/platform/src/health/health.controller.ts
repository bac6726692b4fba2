import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import { Metrics } from '../observability/metrics.js';
import { Readiness, type ReadinessReport } from './readiness.js';

interface Reply {
  status(code: number): unknown;
}

/** Probes and metrics, for the machine's own operator: what stands before the API must not pass them on. */
@Controller()
export class HealthController {
  constructor(
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  /** The process runs its event loop; nothing more, so that a database that is down restarts nobody. */
  @Get('livez')
  livez(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('readyz')
  async readyz(@Res({ passthrough: true }) reply: Reply): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    if (!report.ready) reply.status(503);
    return report;
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  exposition(): Promise<string> {
    return this.metrics.expose();
  }
}
