// What only processes that are Nest applications need. Loading Nest, Fastify and BullMQ takes most of a second, which the supervisor, the
// signer and the commands of an operator would wait for in vain.
export * from './application/http-application.js';
export * from './application/platform.module.js';
export * from './observability/metrics.js';
export * from './observability/nest-logger.js';
export * from './queue/enqueuer.js';
export * from './queue/job-processor.js';
export * from './queue/queue-backend.js';
export * from './queue/queue-events.js';
export * from './queue/queue-worker.module.js';
