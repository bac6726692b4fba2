import { hash } from 'node:crypto';
import { MAILBOX_CONFIRMATION_PATH, type MailboxLinks } from '#libs/membership';
import { clientAddress } from './client-address.js';
import type { Reply, Request, Server } from './fastify.types.js';
import { RateLimit } from './rate-limit.js';

const MOST_BYTES = 1024;
const HOUR_MS = 3_600_000;
const MOST_TRIES = 60;

/**
 * Takes the token out of the fragment, which browsers send to nobody, and out of the address and the history. Whoever has no script
 * pastes the link into the field.
 */
const SCRIPT = `const link = location.hash.slice(1);
if (link !== '') {
  document.querySelector('input').value = link;
  history.replaceState(null, '', location.pathname);
}`;
const SCRIPT_HASH = hash('sha256', SCRIPT, 'base64');

/** No script but that one, no form to elsewhere, in no frame, kept nowhere. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; script-src 'sha256-${SCRIPT_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'content-type': 'text/html; charset=utf-8',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

/**
 * The page on which who reads a mailbox says so. Opening it does nothing, since programs that scan mail follow links; the button sends
 * the token in a body.
 */
export function registerMailboxConfirmation(server: Server, links: MailboxLinks): void {
  const tries = new RateLimit(MOST_TRIES, HOUR_MS);
  void server.register((scope, _options, done) => {
    scope.addHook('onRequest', async (_request, reply) => void reply.headers(HEADERS));
    scope.setErrorHandler((error, _request, reply) => refuse(reply, error));
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, body, parsed) => parsed(null, new URLSearchParams(body as string)),
    );
    scope.get(MAILBOX_CONFIRMATION_PATH, (_request, reply) => reply.send(FORM));
    scope.post(MAILBOX_CONFIRMATION_PATH, { bodyLimit: MOST_BYTES }, (request, reply) =>
      confirm(request, reply, links, tries),
    );
    done();
  });
}

async function confirm(
  request: Request,
  reply: Reply,
  links: MailboxLinks,
  tries: RateLimit,
): Promise<Reply> {
  if (!tries.allows(clientAddress(request))) {
    return say(reply.header('retry-after', HOUR_MS / 1000), 429, 'Too often', 'Try again in an hour.');
  }
  const shown = request.body instanceof URLSearchParams ? (request.body.get('token') ?? '') : '';
  // The whole link, when it was pasted.
  const token = shown.trim().slice(shown.trim().lastIndexOf('#') + 1);
  const { ok } = await links.confirm(token);
  return ok
    ? say(reply, 200, 'Confirmed', 'Thank you: this mailbox is confirmed. You can close this window.')
    : say(
        reply,
        404,
        'Not confirmed',
        'This link is not known, or has run out. Links work for seven days; open the one of the latest message.',
      );
}

function refuse(reply: Reply, error: unknown): Reply {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return say(reply, statusCode, 'Not confirmed', 'Open the link of the message in a browser.');
  }
  throw error;
}

function say(reply: Reply, status: number, title: string, text: string): Reply {
  return reply.code(status).send(page(title, `<p>${text}</p>`));
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<h1>${title}</h1>
${body}
</html>
`;
}

const FORM = page(
  'Confirm this mailbox',
  `<p>An organisation that applies to this hub named your mailbox as one of its contacts. Confirm only if you read it for that organisation.</p>
<form method="post" action="${MAILBOX_CONFIRMATION_PATH}">
<p><label>Link from the message: <input name="token" size="60" maxlength="500" autocomplete="off" required></label></p>
<p><button>Confirm this mailbox</button></p>
</form>
<script>${SCRIPT}</script>`,
);
