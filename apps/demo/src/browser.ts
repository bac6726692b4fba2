const MOST_REDIRECTS = 20;

/** What came back at the end of a way through redirects. */
interface Page {
  readonly url: string;
  readonly text: string;
}

/** As much of a browser as a login needs: it keeps the cookies of one hub and follows redirects. */
export class Browser {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly hub: string) {}

  /**
   * Opens the address that `cairn login` printed, is a persona at the demo identity provider, and goes on to where that leads: the
   * terminal that waits.
   *
   * @throws Error when the login does not lead there
   */
  async logIn(address: string, persona: string): Promise<void> {
    const choice = await this.go(address);
    const end = await this.go(choice.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: this.hub },
      body: new URLSearchParams({ persona }).toString(),
    });
    if (!end.text.includes('go back to your terminal')) throw new Error(`${persona} could not log in`);
  }

  private async go(url: string, init: RequestInit = {}): Promise<Page> {
    let [next, how] = [url, init];
    for (let redirects = 0; redirects < MOST_REDIRECTS; redirects++) {
      const response = await this.send(next, how);
      const location = response.headers.get('location');
      if (location === null) return { url: next, text: await response.text() };
      [next, how] = [new URL(location, next).href, {}];
    }
    throw new Error('endless redirects');
  }

  /** The cookies are the hub's: whoever else it leads to gets none. */
  private async send(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const own = url.startsWith(`${this.hub}/`);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (own && cookie !== '') headers.set('cookie', cookie);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const text of own ? response.headers.getSetCookie() : []) {
      const [pair = ''] = text.split(';');
      this.cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return response;
  }
}
