/** A message of plain text to one mailbox. */
export interface MailMessage {
  /** Left side of its Message-ID: the same each time it is sent, so that a second copy can be known as one. */
  readonly id: string;
  readonly recipient: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * Why a message was not taken: `RECIPIENT_REFUSED` the server will never take it for this mailbox; `REFUSED` it does not take it now;
 * `LOGIN_REFUSED`; `NO_TLS` it offers no TLS, or none that can be trusted; `UNREACHABLE` no connection, or no answer in time.
 */
export type MailRefusalCode = 'RECIPIENT_REFUSED' | 'REFUSED' | 'LOGIN_REFUSED' | 'NO_TLS' | 'UNREACHABLE';

/**
 * What became of a message. `ok` means that the server answers for it from now on, not that it has arrived. `detail` is for the log: a
 * reply code of SMTP or the code of an error, never a text that the server chose.
 */
export type MailOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: MailRefusalCode; readonly detail: string | null };

/** The way on which messages leave the hub. */
export interface Mail {
  /** Hands a message over. It settles within {@link MAIL_SECONDS}, and never throws for what the server does. */
  send(message: MailMessage): Promise<MailOutcome>;
}

/** Seconds for which one message is tried at most, connection and all. */
export const MAIL_SECONDS = 60;
