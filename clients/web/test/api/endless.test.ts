/** What this client takes of an answer: no more than its limit, whatever the server goes on sending. */
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { body, Problem, Server } from '../../src/api/http.ts';
import { codeOf } from '../support/people.ts';

const MIB = 1024 * 1024;
const PIECE = Buffer.alloc(256 * 1024, ' ');
/** Bytes after which a server that nobody stopped gives up. */
const ENOUGH = 256 * MIB;
let http: HttpServer;
let origin: string;
let sent = 0;
let gone: Promise<void>;

beforeAll(async () => {
  http = createServer((request, answer) => {
    sent = 0;
    if (request.url === '/packed') {
      answer.writeHead(200, { 'content-encoding': 'gzip' });
      answer.end(gzipSync(Buffer.alloc(64 * MIB, ' ')));
      return;
    }
    answer.writeHead(request.url === '/problem' ? 503 : 200);
    const more = () => {
      while (sent < ENOUGH) {
        sent += PIECE.length;
        if (!answer.write(PIECE)) return;
      }
      answer.end();
    };
    answer.on('drain', more);
    gone = new Promise((resolve) => answer.on('close', resolve));
    more();
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});
afterAll(() => {
  http.closeAllConnections();
  http.close();
});

describe('an answer without end', () => {
  it('is left at the limit', async () => {
    expect(await codeOf(new Server(origin).post('/v1/sync'))).toBe('bad-answer');
    await gone;
    expect(sent).toBeLessThan(64 * MIB);
  });

  it('that says no keeps its status, and is left', async () => {
    const refused = await new Server(origin).get('/problem').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Problem);
    expect((refused as Problem).status).toBe(503);
    await gone;
    expect(sent).toBeLessThan(16 * MIB);
  });

  it('that unpacks from a small one is left, too', async () => {
    expect(await codeOf(new Server(origin).get('/packed'))).toBe('bad-answer');
  });
});

it('an answer of just the limit is taken whole', async () => {
  const whole = () => new Response(new Uint8Array(1000).fill(7));
  expect((await body(whole(), 1000)).length).toBe(1000);
  expect(await codeOf(body(whole(), 999))).toBe('bad-answer');
  expect((await body(new Response(null), 0)).length).toBe(0);
});
