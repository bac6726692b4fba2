import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { LOOPBACK } from '../config/config.js';
import { Metrics } from '../observability/metrics.js';
import { NestLogger } from '../observability/nest-logger.js';
import { REQUEST_ID_HEADER, requestIdOf } from '../observability/request-id.js';
import type { RunningProcess } from './run-process.js';

export interface HttpApplicationOptions {
  /** Address to listen on; that of the loopback interface unless given. */
  readonly host?: string;
  /** 0 is any free port. */
  readonly port: number;
  readonly log: Logger;
  /** Greatest request body in bytes. */
  readonly bodyLimit: number;
  /** Called before the application listens. */
  readonly configure?: (app: NestFastifyApplication) => Promise<void> | void;
}

type Root = Parameters<typeof NestFactory.create>[0];

/** Starts a Nest application on Fastify, with request ids, a line and a measure for each request. */
export async function startHttpApplication(
  root: Root,
  options: HttpApplicationOptions,
): Promise<RunningProcess> {
  const { host = LOOPBACK, port, log, bodyLimit, configure } = options;
  const adapter = new FastifyAdapter({
    bodyLimit,
    genReqId: ({ headers }: { headers: Record<string, string | string[] | undefined> }) =>
      requestIdOf(headers[REQUEST_ID_HEADER]),
  });
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: new NestLogger(log),
    abortOnError: false,
  });
  app.enableShutdownHooks();
  observeRequests(app, log);
  await configure?.(app);
  await app.listen({ port, host });
  return { url: await app.getUrl(), close: () => app.close() };
}

/** The route's pattern and never the address, which can hold a value. */
function observeRequests(app: NestFastifyApplication, log: Logger): void {
  const { requests } = app.get(Metrics);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.header(REQUEST_ID_HEADER, request.id);
  });
  fastify.addHook('onResponse', async (request, reply) => {
    const seconds = reply.elapsedTime / 1000;
    const route = request.routeOptions.url ?? 'none';
    const { method } = request;
    const code = String(reply.statusCode);
    requests.observe({ method, route, code }, seconds);
    log.debug({ requestId: request.id, method, route, code, seconds }, 'answered');
  });
}
