import type { Logger } from 'pino';
import {
  AFTER_LOGIN,
  AFTER_LOGOUT,
  ATTEMPT_SECONDS,
  BACKCHANNEL_PATH,
  CALLBACK_PATH,
  LOGIN_PATH,
  LOGOUT_PATH,
  readCookie,
  readTerminal,
  setCookie,
  TERMINAL_PATH,
  type BackchannelLogout,
  type CookieProfile,
  type IdentityProvider,
  type LoginRefusal,
  type PeopleLogin,
  type Sessions,
} from '#libs/access';
import { ApiError, STATUS_OF } from '../graphql/api-error.js';
import type { Reply, Request, Server } from './fastify.types.js';
import type { PeopleRequests } from './people-requests.js';

/** Greatest body that a terminal or a page sends to these routes. */
const MOST_BYTES = 4096;
/** Greatest body of a logout that the provider sends. */
const MOST_LOGOUT_BYTES = 20 * 1024;
const FORM = 'application/x-www-form-urlencoded';

export interface LoginRoutes {
  readonly login: PeopleLogin;
  readonly provider: IdentityProvider;
  readonly backchannel: BackchannelLogout;
  readonly sessions: Sessions;
  readonly people: PeopleRequests;
  readonly cookies: CookieProfile;
  readonly log: Logger;
}

/** Login and logout of people: by redirects in a browser, and the exchange by which a terminal gets its session. */
export function registerLogin(server: Server, routes: LoginRoutes): void {
  void server.register((scope, _options, done) => {
    scope.addHook('onRequest', async (_request, reply) => void protect(reply));
    scope.setErrorHandler((error, _request, reply) => refuse(reply, error));
    scope.get(LOGIN_PATH, (request, reply) => begin(request, reply, routes));
    scope.get(CALLBACK_PATH, (request, reply) => finish(request, reply, routes));
    scope.get(AFTER_LOGIN, (_request, reply) =>
      reply.send('You are logged in. You can close this window.\n'),
    );
    scope.post(TERMINAL_PATH, { bodyLimit: MOST_BYTES }, (request, reply) =>
      exchange(request, reply, routes),
    );
    scope.get(AFTER_LOGOUT, (_request, reply) => reply.send('You are logged out.\n'));
    readForms(scope);
    scope.post(LOGOUT_PATH, { bodyLimit: MOST_BYTES }, (request, reply) => logout(request, reply, routes));
    scope.post(BACKCHANNEL_PATH, { bodyLimit: MOST_LOGOUT_BYTES }, (request, reply) =>
      backchannel(request, reply, routes),
    );
    done();
  });
}

function readForms(scope: Server): void {
  if (scope.hasContentTypeParser(FORM)) scope.removeContentTypeParser(FORM);
  scope.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, parsed) =>
    parsed(null, new URLSearchParams(body as string)),
  );
}

/** Nothing of a login is kept anywhere, shown in a frame, or told to another site by an address. */
function protect(reply: Reply): void {
  void reply.headers({
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    'content-type': 'text/plain; charset=utf-8',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
}

async function begin(request: Request, reply: Reply, { login, cookies }: LoginRoutes): Promise<Reply> {
  const { return: wanted, terminal: port, challenge } = request.query as Record<string, unknown>;
  const terminal = readTerminal(port, challenge);
  if (terminal === 'invalid') {
    return say(
      reply,
      400,
      'terminal must be a port from 1024 to 65535, and challenge a SHA-256 in base64url',
    );
  }
  const begun = await login.begin(wanted, terminal);
  if (begun === null) return say(reply, 502, MESSAGES.UNAVAILABLE);
  void reply.header('set-cookie', setCookie(cookies, cookies.login, begun.secret, ATTEMPT_SECONDS));
  return reply.redirect(begun.url, 303);
}

async function finish(request: Request, reply: Reply, routes: LoginRoutes): Promise<Reply> {
  const { login, cookies, log } = routes;
  const { cookie } = request.headers;
  const [, query = ''] = /\?(.*)$/s.exec(request.url) ?? [];
  const session = readCookie(cookie, cookies.session);
  const finished = await login.finish(readCookie(cookie, cookies.login), query, session);
  const set = [setCookie(cookies, cookies.login, '', 0)];
  if (finished.ok && finished.session !== null)
    set.push(setCookie(cookies, cookies.session, finished.session));
  void reply.header('set-cookie', set);
  if (finished.ok) return reply.redirect(finished.url, 303);
  log.info({ requestId: request.id, reason: finished.reason }, 'a login was refused');
  return say(reply, STATUS[finished.code], MESSAGES[finished.code]);
}

const STATUS: Readonly<Record<LoginRefusal, number>> = {
  REFUSED: 400,
  UNAVAILABLE: 502,
  DISABLED: 403,
  TOO_WEAK: 403,
};

const MESSAGES: Readonly<Record<LoginRefusal, string>> = {
  REFUSED: `This login did not succeed, took too long, or was finished before. Begin again at ${LOGIN_PATH}.`,
  UNAVAILABLE: 'The identity provider cannot be reached. Try again later.',
  DISABLED: 'You cannot log in to this hub. Ask its staff.',
  TOO_WEAK: `Staff of this hub need a stronger login than this one was, such as with a security key. Log in at ${LOGIN_PATH} that way.`,
};

async function exchange(request: Request, reply: Reply, { login }: LoginRoutes): Promise<Reply> {
  const { code, verifier } = (request.body ?? {}) as Record<string, unknown>;
  const session = await login.exchange(code, verifier);
  void reply.type('application/json; charset=utf-8');
  if (session !== null) return reply.send({ session });
  return reply.code(400).send({ error: 'invalid_grant' });
}

/**
 * Ends the session that the request shows, and is content when there is none. A browser that sends a form goes on to end the session at
 * the provider, too; a script gets 204.
 */
async function logout(request: Request, reply: Reply, routes: LoginRoutes): Promise<Reply> {
  const { sessions, people, cookies, provider } = routes;
  const [, shown] = /^session ([\w-]{43})$/i.exec(request.headers.authorization ?? '') ?? [];
  if (shown === undefined) people.requireOwnOrigin(request);
  await sessions.end(shown ?? readCookie(request.headers.cookie, cookies.session));
  void reply.header('set-cookie', setCookie(cookies, cookies.session, '', 0));
  if (!isForm(request)) return reply.code(204).send();
  return reply.redirect((await provider.endSessionUrl()) ?? AFTER_LOGOUT, 303);
}

/** A logout that the provider asks for (OpenID Connect Back-Channel Logout 1.0 §2.5, §2.8). */
async function backchannel(request: Request, reply: Reply, routes: LoginRoutes): Promise<Reply> {
  const token = request.body instanceof URLSearchParams ? request.body.getAll('logout_token') : [];
  const done = await routes.backchannel.end(token.length === 1 ? token[0] : undefined);
  if (done.ok) return reply.code(200).send();
  routes.log.warn(
    { requestId: request.id, rule: done.rule },
    'a logout by the identity provider was refused',
  );
  const refused = done.code === 'REFUSED';
  void reply.type('application/json; charset=utf-8').code(refused ? 400 : 503);
  return reply.send({ error: refused ? 'invalid_request' : 'temporarily_unavailable' });
}

function isForm({ headers }: Request): boolean {
  return (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase() === FORM;
}

function say(reply: Reply, status: number, text: string): Reply {
  return reply.code(status).send(`${text}\n`);
}

function refuse(reply: Reply, error: unknown): Reply {
  if (error instanceof ApiError) return say(reply, STATUS_OF[error.code], error.message);
  const { statusCode } = error as { statusCode?: number };
  // What the server itself refuses, such as a body that is no JSON, is the sender's fault; everything else is not told.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return say(reply, statusCode, 'the request must be as docs/operations.md says');
  }
  throw error;
}
