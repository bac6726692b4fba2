/**
 * The body of an answer, or null when it is longer than `maxBytes`. A length that is announced is judged before anything
 * is read; one that is not, or that lies, is judged while reading.
 */
export async function readBody(response: Response, maxBytes: number): Promise<Uint8Array | null> {
  const announced = announcedLength(response);
  if (announced !== null && announced > maxBytes) {
    await response.body?.cancel();
    return null;
  }
  let body = new Uint8Array(announced ?? Math.min(maxBytes, 16 * 1024));
  let length = 0;
  for await (const chunk of chunksOf(response)) {
    if (length + chunk.length > maxBytes) return null;
    if (length + chunk.length > body.length) body = wider(body, length + chunk.length, maxBytes);
    body.set(chunk, length);
    length += chunk.length;
  }
  // A body that fills its array is handed on as it is: an exact buffer can go to another thread without a copy.
  return length === body.length ? body : body.slice(0, length);
}

/** Leaving the loop early cancels the stream and so the connection. */
function chunksOf(response: Response): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return (response.body as AsyncIterable<Uint8Array> | null) ?? [];
}

function announcedLength(response: Response): number | null {
  const header = response.headers.get('content-length');
  const decoded = response.headers.has('content-encoding');
  return header !== null && !decoded && /^\d{1,15}$/.test(header) ? Number(header) : null;
}

function wider(body: Uint8Array<ArrayBuffer>, needed: number, maxBytes: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(Math.min(maxBytes, Math.max(needed, 2 * body.length)));
  grown.set(body);
  return grown;
}
