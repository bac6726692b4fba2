export type { FastifyInstance as Server, FastifyReply as Reply, FastifyRequest as Request } from 'fastify';
