import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { TransactionObserver } from '../database/database.js';
import type { EnqueueObserver } from '../queue/enqueuer.js';

const LATENCY_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * What a process counts. Labels come from the code (route patterns, names of transactions and jobs), never from data;
 * nothing here asks the database when it is scraped.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly requests = new Histogram({
    name: 'cairn_http_request_duration_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'code'],
    buckets: LATENCY_SECONDS,
    registers: [this.registry],
  });
  readonly transactions = new Histogram({
    name: 'cairn_transaction_duration_seconds',
    help: 'Time of a transaction with its retries',
    labelNames: ['name', 'outcome'],
    buckets: LATENCY_SECONDS,
    registers: [this.registry],
  });
  readonly transactionRetries = new Counter({
    name: 'cairn_transaction_retries_total',
    help: 'Transactions run again after a serialization failure or a deadlock',
    labelNames: ['name'],
    registers: [this.registry],
  });
  readonly enqueued = new Counter({
    name: 'cairn_jobs_enqueued_total',
    help: 'Jobs given to the queue, or not (the sweeper asks again)',
    labelNames: ['job', 'outcome'],
    registers: [this.registry],
  });

  readonly signings = new Counter({
    name: 'cairn_signing_rounds_total',
    help: 'Rounds of signing grown logs: all signed, the signer away, or refused (an incident)',
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  readonly horizonFailures = new Counter({
    name: 'cairn_horizon_failures_total',
    help: 'Horizons of feeds that could not be moved, or below which packs could not be deleted; tried again in the next round',
    labelNames: ['act'],
    registers: [this.registry],
  });

  readonly headMismatches = new Counter({
    name: 'cairn_head_mismatches_total',
    help: 'Submissions refused because their author was shown another history of the log (an incident)',
    registers: [this.registry],
  });

  constructor(application: string, queue: string) {
    const labelNames = ['process', 'queue'];
    const help = 'Always 1; its labels say which process this is';
    const info = new Gauge({ name: 'cairn_process_info', help, labelNames, registers: [this.registry] });
    info.set({ process: application, queue }, 1);
    collectDefaultMetrics({ register: this.registry, prefix: 'cairn_' });
  }

  /** The text a scraper reads. */
  expose(): Promise<string> {
    return this.registry.metrics();
  }
}

/** Counts transactions. */
export function observeTransactions(metrics: Metrics): TransactionObserver {
  return {
    finished: (name, outcome, seconds) => metrics.transactions.observe({ name, outcome }, seconds),
    retried: (name) => metrics.transactionRetries.inc({ name }),
  };
}

/** Counts enqueues and logs those that failed. */
export function observeEnqueues(
  metrics: Metrics,
  log: { warn(fields: object, message: string): void },
): EnqueueObserver {
  return {
    enqueued: (job) => metrics.enqueued.inc({ job, outcome: 'enqueued' }),
    failed: (job, err) => {
      metrics.enqueued.inc({ job, outcome: 'failed' });
      log.warn({ job, err }, 'a job could not be enqueued; the sweeper asks again');
    },
  };
}
