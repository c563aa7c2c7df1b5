/** The server tells the time in a header that its operator writes: it may correct a clock, and not choose the year. */
import { afterEach, describe, expect, it } from 'vitest';
import { clockAhead, MOST_CORRECTED, Server } from '../../src/api/http.ts';

const DAY = 24 * 3600;
const real = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = real;
});

async function hear(ahead: number): Promise<Server> {
  const date = new Date(Date.now() + ahead * 1000).toUTCString();
  globalThis.fetch = async () => new Response('{}', { headers: { date } });
  const server = new Server('http://127.0.0.1:1');
  await server.get('/v1/meta');
  return server;
}

describe('a server that lies about the time', () => {
  it.each([365 * DAY, -60 * DAY])('by %i s moves no end by more than a day', async (ahead) => {
    const server = await hear(ahead);
    expect(Math.abs(clockAhead() - ahead)).toBeLessThan(5); // what the person is told of
    expect(Math.abs(server.now() - Date.now() / 1000)).toBeLessThan(MOST_CORRECTED + 5);
  });
  it.each([3600, -7200])('or that is right by %i s, is followed', async (ahead) => {
    const server = await hear(ahead);
    expect(Math.abs(server.now() - Date.now() / 1000 - ahead)).toBeLessThan(5);
  });
});
