import type { GraphqlAnswer } from './api-hub.js';

const MOST_REDIRECTS = 10;

/** Where a browser has come to. */
export interface Visit {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A person's browser: it keeps cookies and follows redirects, until it is to leave `stopAt`. */
export class Browser {
  readonly cookies = new Map<string, string>();

  constructor(
    private readonly hub: string,
    /** Another process of the same hub, to which requests go instead. */
    private readonly server = hub,
  ) {}

  /** The same cookies at another process of the hub. */
  at(server: string): Browser {
    const other = new Browser(this.hub, server);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return other;
  }

  /** One request, without following what it answers. */
  async send(url: string, init: RequestInit = {}): Promise<Visit> {
    const headers = new Headers(init.headers);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookie !== '') headers.set('cookie', cookie);
    const response = await fetch(url.replace(this.hub, this.server), {
      ...init,
      headers,
      redirect: 'manual',
    });
    for (const text of response.headers.getSetCookie()) this.keep(text);
    return { url, status: response.status, headers: response.headers, text: await response.text() };
  }

  /** Goes to an address and on from there; stops before it would leave for an address that starts with `stopAt`. */
  async go(url: string, stopAt?: string, init: RequestInit = {}): Promise<Visit> {
    let visit = await this.send(url, init);
    for (let redirects = 0; redirects < MOST_REDIRECTS; redirects++) {
      const location = visit.headers.get('location');
      if (visit.status < 300 || visit.status >= 400 || location === null) return visit;
      const next = new URL(location, visit.url).href;
      if (stopAt !== undefined && next.startsWith(stopAt)) return { ...visit, url: next };
      visit = await this.send(next);
    }
    throw new Error('endless redirects');
  }

  /** Begins a login and chooses a persona; ends up at the callback, not yet sent, unless told otherwise. */
  async choose(
    persona: string,
    { start = '/login', stopAt = `${this.hub}/login/callback`, change = (url: string) => url } = {},
  ): Promise<Visit> {
    const toProvider = await this.send(`${this.hub}${start}`);
    const address = change(toProvider.headers.get('location')!);
    const page = await this.go(address);
    return this.go(page.url, stopAt, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: this.hub },
      body: new URLSearchParams({ persona }),
    });
  }

  /** Logs in from beginning to end. */
  async login(persona: string, start = '/login'): Promise<Visit> {
    return this.go((await this.choose(persona, { start })).url);
  }

  /** What a page of the hub does. `headers` replaces what a browser would send. */
  async graphql(
    query: string,
    variables: Record<string, unknown> = {},
    headers: Record<string, string> = { origin: this.hub },
  ): Promise<{ status: number; body: GraphqlAnswer['body'] }> {
    const { status, text } = await this.send(`${this.hub}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return { status, body: text === '' ? {} : (JSON.parse(text) as GraphqlAnswer['body']) };
  }

  private keep(text: string): void {
    const [pair = '', ...attributes] = text.split(';').map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf('='));
    if (attributes.some((attribute) => /^(max-age=0|expires=.*1970.*)$/i.test(attribute)))
      this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(name.length + 1));
  }
}
