import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ed25519Public, ed25519Sign, ed25519Verify, forceProvider, x25519Public } from '../../src/crypto/primitives.ts';
import {
  ascii,
  type Bytes,
  b64u,
  openBox,
  openJwe,
  padded,
  padme,
  parseJson,
  random,
  readDigits,
  sealBox,
  sealJwe,
  signJws,
  unb64u,
  unpad,
  utf8,
  verifyJwk,
  verifyKid,
  writeJson,
} from '../../src/formats/conventions.ts';
import { refused, refusing } from './helpers.ts';

const bytes = (limit: number) => fc.uint8Array({ maxLength: limit });
afterEach(() => forceProvider(undefined));

describe('b64u', () => {
  it('is what everybody else means by it, both ways', () => {
    fc.assert(
      fc.property(bytes(200), (raw) => {
        expect(b64u(raw)).toBe(Buffer.from(raw).toString('base64url'));
        expect(Array.from(unb64u(b64u(raw)))).toEqual(Array.from(raw));
      }),
    );
  });

  it('has one spelling', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        let raw: Uint8Array;
        try {
          raw = unb64u(text);
        } catch {
          return;
        }
        expect(b64u(raw)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['A', 'AB', 'AAB', 'AA==', 'A A', 'AA\n', '+A', '/A', 'ÄA'])(
    'refuses %j',
    refusing('malformed', (text: string) => unb64u(text)),
  );
});

describe('strict JSON', () => {
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constant(null),
      fc.boolean(),
      fc.integer(),
      fc.string({ unit: 'binary' }).filter((text) => !/\p{Surrogate}/u.test(text)),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ maxLength: 6 }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;

  it('reads what it writes, and agrees with the platform on it', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = writeJson(value as never);
        expect(parseJson(text, 1e6)).toEqual(value);
        expect(parseJson(utf8(text), 1e6)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('accepts nothing that the platform refuses', () => {
    const near = fc.stringMatching(/^[{}[\]",:0-9truefalsn\\ -]{0,14}$/);
    fc.assert(
      fc.property(near, (text) => {
        let value: unknown;
        try {
          value = parseJson(text, 100);
        } catch {
          return;
        }
        expect(value).toEqual(JSON.parse(text));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['', 'empty'],
    ['{"a":1,"a":1}', 'duplicate'],
    ['{"a":1,"\\u0061":1}', 'duplicate under an escape'],
    ['1.0', 'fraction'],
    ['1e2', 'exponent'],
    ['-0', 'minus zero'],
    ['9007199254740992', '2^53'],
    ['-9007199254740992', '-2^53'],
    ['01', 'leading zero'],
    ['+1', 'plus'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['"\\ud800"', 'lone high surrogate'],
    ['"\\udc00\\ud800"', 'surrogates in the wrong order'],
    ['"a\nb"', 'raw control character'],
    ['"\\x41"', 'unknown escape'],
    ["{'a':1}", 'single quotes'],
    ['[1,]', 'trailing comma'],
    ['{"a":1,}', 'trailing comma'],
    ['{} {}', 'two values'],
    ['\ufeff{}', 'byte order mark'],
    ['[1//x\n]', 'comment'],
    [`${'['.repeat(17)}${']'.repeat(17)}`, 'depth 17'],
  ])(
    'refuses %j (%s)',
    refusing('malformed', (text: string) => parseJson(text, 1000)),
  );

  it('takes depth 16 and a member called __proto__', () => {
    parseJson(`${'['.repeat(16)}${']'.repeat(16)}`, 1000);
    const read = parseJson('{"__proto__":{"a":1}}', 1000) as object;
    expect(Object.keys(read)).toEqual(['__proto__']);
    expect((read as { a?: number }).a).toBeUndefined();
  });

  it(
    'refuses bytes that are not UTF-8',
    refusing('malformed', () => parseJson(Uint8Array.of(0x22, 0xff, 0x22), 9)),
  );
  it(
    'refuses a surrogate spelled in UTF-8',
    refusing('malformed', () => parseJson(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 9)),
  );
  it(
    'refuses what is too long',
    refusing('too-large', () => parseJson('"ä"', 3)),
  );
});

describe('padding', () => {
  it('comes off again, and sizes are Padmé', () => {
    fc.assert(
      fc.property(bytes(3000), (message) => {
        const out = padded(message);
        expect(out.length).toBe(padme(Math.max(256, message.length + 1)));
        expect(Array.from(unpad(out))).toEqual(Array.from(message));
      }),
    );
  });
  it('never costs more than 12 %', () => {
    fc.assert(
      fc.property(fc.integer({ min: 256, max: 2 ** 40 }), (size) => {
        expect(padme(size)).toBeGreaterThanOrEqual(size);
        expect(padme(size)).toBeLessThan(size * 1.12);
        expect(padme(padme(size))).toBe(padme(size));
      }),
    );
  });
  it('must be there', async () => {
    await refused('malformed', () => unpad(new Uint8Array(9)));
    await refused('malformed', () => unpad(Uint8Array.of(1, 2)));
    await refused('malformed', () => unpad(new Uint8Array(0)));
  });
});

describe('digits', () => {
  it.each([
    ['12 34-56', '123456'],
    ['١٢٣٤٥٦', '123456'],
    ['۱۲۳۴۵۶', '123456'],
    ['\u2066１２３.４５６\u2069', '123456'],
  ])('%j is %s', (typed, digits) => expect(readDigits(typed)).toBe(digits));
  it.each(['12a', 'Ⅷ', '१२', '1,2'])(
    'refuses %j',
    refusing('malformed', (typed: string) => readDigits(typed)),
  );
});

describe('sealed object', () => {
  const key = new Uint8Array(32).fill(7);
  const members = [
    ['id', 'x'],
    ['version', 3],
  ] as const;

  it('opens under the same expectation only', async () => {
    const token = await sealJwe('slot', members, key, utf8('hello'));
    expect(await openJwe(token, 'slot', members, key)).toEqual(utf8('hello'));
    await refused('header-mismatch', () => openJwe(token, 'terms', members, key));
    await refused('header-mismatch', () =>
      openJwe(
        token,
        'slot',
        [
          ['id', 'x'],
          ['version', 4],
        ],
        key,
      ),
    );
    await refused('header-mismatch', () =>
      openJwe(
        token,
        'slot',
        [
          ['version', 3],
          ['id', 'x'],
        ],
        key,
      ),
    );
    await refused('undecryptable', () => openJwe(token, 'slot', members, new Uint8Array(32)));
    await refused('malformed', () => openJwe(`${token}.`, 'slot', members, key));
    await refused('malformed', () => openJwe(token.replace('..', '.AA.'), 'slot', members, key));
  });

  it('any changed character is noticed', async () => {
    const token = await sealJwe('slot', members, key, utf8('hello'));
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom('A', 'b', '9', '.', '='), async (at, char) => {
        if (token[at] === char) return;
        const altered = token.slice(0, at) + char + token.slice(at + 1);
        await expect(openJwe(altered, 'slot', members, key)).rejects.toThrow();
      }),
    );
  });
});

describe.each(['web', 'script'] as const)('signatures and boxes by %s', (way) => {
  it('signs, verifies, and refuses another key, kind, or text', async () => {
    forceProvider(way);
    const seed = random(32);
    const token = await signJws('record', 'jwk', seed, { v: 1 });
    const { payload, key } = await verifyJwk(token, 'record', 100);
    expect(payload).toEqual({ v: 1 });
    expect(key).toEqual(await ed25519Public(seed));
    await refused('header-mismatch', () => verifyJwk(token, 'change', 100));
    const [head, , mark] = token.split('.');
    await refused('bad-signature', () => verifyJwk(`${head}.${b64u(utf8('{"v":2}'))}.${mark}`, 'record', 100));
    const named = await signJws('head', 'kid', seed, { v: 1 });
    expect(await verifyKid(named, 'head', key, 100)).toEqual({ v: 1 });
    await refused('header-mismatch', async () => verifyKid(named, 'head', await ed25519Public(random(32)), 100));
  });

  it('refuses keys of small order and signatures that are not reduced', async () => {
    forceProvider(way);
    const zero = new Uint8Array(64);
    zero[0] = 1;
    for (const hex of [
      `01${'00'.repeat(31)}`,
      '00'.repeat(32),
      `ec${'ff'.repeat(30)}7f`,
      `ee${'ff'.repeat(30)}7f`,
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    ]) {
      const weak = new Uint8Array(Buffer.from(hex, 'hex'));
      expect(await ed25519Verify(weak, zero, utf8('anything'))).toBe(false);
    }
    const seed = random(32);
    const good = await ed25519Sign(seed, utf8('m'));
    const order = BigInt('0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed');
    let s = 0n;
    for (let i = 63; i >= 32; i--) s = (s << 8n) | BigInt(good[i] as number);
    const shifted = good.slice();
    let t = s + order;
    for (let i = 32; i < 64; i++) {
      shifted[i] = Number(t & 255n);
      t >>= 8n;
    }
    const key = await ed25519Public(seed);
    expect(await ed25519Verify(key, good, utf8('m'))).toBe(true);
    expect(await ed25519Verify(key, shifted, utf8('m'))).toBe(false);
  });

  it('boxes open with the right key and context, across both ways', async () => {
    forceProvider(way);
    const own = random(32);
    const box = await sealBox('deposit', await x25519Public(own), ascii('here'), utf8('hi'));
    forceProvider(way === 'web' ? 'script' : 'web');
    expect(await openBox('deposit', own, ascii('here'), box)).toEqual(utf8('hi'));
    await refused('undecryptable', () => openBox('deposit', own, ascii('there'), box));
    await refused('undecryptable', () => openBox('notice', own, ascii('here'), box));
    await refused('undecryptable', () => openBox('deposit', random(32), ascii('here'), box));
    await refused('malformed', () => openBox('deposit', own, ascii('here'), b64u(new Uint8Array(40) as Bytes)));
  });
});
