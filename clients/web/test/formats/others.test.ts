import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ed25519Public, x25519Public } from '../../src/crypto/primitives.ts';
import { openAttachment, sealAttachment } from '../../src/formats/attachment.ts';
import * as chain from '../../src/formats/chain.ts';
import { b64u, newId, random, sealPublic, thumbprint, utf8 } from '../../src/formats/conventions.ts';
import * as deposit from '../../src/formats/deposit.ts';
import * as log from '../../src/formats/log.ts';
import { openObject, sealObject } from '../../src/formats/object.ts';
import * as registry from '../../src/formats/registry.ts';
import * as request from '../../src/formats/request.ts';
import { checkDpop, edDpopKey, esDpopKey, generateDpopPair, signDpop } from '../../src/formats/sign_in.ts';
import * as wallet from '../../src/formats/wallet.ts';
import { refused } from './helpers.ts';

describe('attachment', () => {
  it('comes back, whatever its size; nothing may be moved, repeated, cut or appended', async () => {
    for (const size of [0, 1, 255, 256, 257, 65536, 65537, 200_000]) {
      const file = new Uint8Array(size).map((_, i) => i * 7);
      const { attachment, stored } = await sealAttachment(file, 'a.pdf', 'application/pdf', { chunk: 65536 });
      expect(await openAttachment(attachment, stored)).toEqual(file);
      await refused('truncated', () => openAttachment(attachment, stored.slice(0, -1)));
      await refused('trailing-data', () => openAttachment(attachment, new Uint8Array([...stored, 0])));
      const altered = stored.slice();
      altered[size % stored.length] = (altered[size % stored.length] as number) ^ 1;
      await refused('undecryptable', () => openAttachment(attachment, altered));
      await refused('hash-mismatch', () => openAttachment({ ...attachment, hash: b64u(random(32)) }, stored));
      await refused('undecryptable', () => openAttachment({ ...attachment, version: 2 }, stored));
    }
  });
  it('chunks cannot change places', async () => {
    const { attachment, stored } = await sealAttachment(new Uint8Array(200_000), 'a', 'image/png', { chunk: 65536 });
    const first = stored.slice(0, 65552);
    const moved = stored.slice();
    moved.set(stored.slice(65552, 131104), 0);
    moved.set(first, 65552);
    await refused('undecryptable', () => openAttachment(attachment, moved));
  });
});

describe('wallet', () => {
  it('codes on paper', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (code) => {
        expect(Array.from(wallet.parseCode(wallet.showCode(code as never).join(' '), 8))).toEqual(Array.from(code));
      }),
    );
  });
  it('names the mistyped block', async () => {
    const blocks = wallet.showCode(random(16));
    blocks[4] = String((Number(blocks[4]) + 1) % 1_000_000).padStart(6, '0');
    expect((await refused('bad-block', () => wallet.parseCode(blocks.join('-'), 8))).at).toBe(5);
  });
  it('handles are forgiving about look-alikes', async () => {
    expect(wallet.parseHandle(' abcde-fgh1o ')).toBe('ABCDEFGH10');
    expect(wallet.parseHandle('ilabc-defgh')).toBe('11ABCDEFGH');
    await refused('malformed', () => wallet.parseHandle('ABCDE-FGHU0'));
    await refused('malformed', () => wallet.parseHandle('ABCDE-FGH'));
    expect(wallet.profileOf('ABCDEFGH10')).toBe('argon2id-64-3-1');
    expect(wallet.profileOf('ABCDEFGH11')).toBe('argon2id-32-6-1');
  });
  it('a whole unlock', async () => {
    const identity = { sign: random(32), receive: random(32), log: random(32) };
    const genesis = await wallet.signGenesis(identity.sign, {
      v: 1,
      suite: 1,
      receive: b64u(await x25519Public(identity.receive)),
      log: b64u(await x25519Public(identity.log)),
      created: 5,
      nonce: newId(),
    });
    const read = await wallet.readGenesis(genesis);
    const handle = wallet.newHandle('argon2id-32-6-1');
    const root = await wallet.recoveryRoot(handle, random(16));
    const place = { wallet: read.wallet, id: newId(), method: 'recovery', version: 1, epoch: 1 } as const;
    const vmk = random(32);
    const envelope = await wallet.sealEnvelope(root, handle, place, vmk);
    expect(await wallet.openEnvelope(root, handle, place, envelope)).toEqual(vmk);
    await refused('wrong-key', () => wallet.openEnvelope(random(32), handle, place, envelope));
    await refused('header-mismatch', () => wallet.openEnvelope(root, handle, { ...place, version: 2 }, envelope));
    await refused('kdf-refused', () => wallet.openEnvelope(root, handle, { ...place, method: 'passphrase' }, envelope));
    const box = await wallet.sealIdentity(vmk, read.wallet, 1, identity);
    const opened = await wallet.openIdentity(vmk, read.wallet, 1, box);
    await wallet.checkIdentity(opened, read);
    await refused('server-lied', () => wallet.checkIdentity({ ...opened, log: random(32) }, read));
  });
});

describe('objects and chain', () => {
  it('an object opens in its place only', async () => {
    const vmk = random(32);
    const place = { wallet: random(32), id: newId(), version: 1 };
    const payload = { v: 1, kind: 'letter', later: { x: [1] } };
    const sealed = await sealObject(vmk, place, 1, payload);
    expect(await openObject(vmk, place, 1, sealed)).toEqual(payload);
    await refused('header-mismatch', () => openObject(vmk, { ...place, version: 2 }, 1, sealed));
  });

  it('changes follow one another', async () => {
    const seed = random(32);
    const key = await ed25519Public(seed);
    const name = b64u(random(32));
    const a = newId();
    const step = async (state: chain.State, objects: chain.Entry[], extra: Partial<chain.Change> = {}) => {
      const after = new Map(state.objects);
      for (const [id, version, body] of objects) after.set(id, { version, body });
      const change: chain.Change = {
        ...{ v: 1, wallet: name, number: state.head.number + 1, parent: state.head.hash, epoch: 1, objects },
        ...{ root: await chain.rootOf(after), access: b64u(random(32)), device: b64u(random(32)), time: 1, ...extra },
      };
      return chain.applyChange(state, await chain.signChange(seed, change), key, name);
    };
    const one = await step(chain.EMPTY_STATE, [[a, 1, b64u(random(32))]]);
    const two = await step(one, [[a, 2, null]]);
    expect(two.head.number).toBe(2);
    await refused('chain-invalid', () => step(two, [[a, 3, b64u(random(32))]]));
    await refused('chain-invalid', () => step(one, [[a, 3, null]]));
    await refused('stale-head', () => step(one, [], { number: 3 }));
    await refused('chain-invalid', () => step(one, [], { root: b64u(random(32)) }));
    const known = new Map([[1, one.head.hash as string]]);
    const pin = { number: 2, head: two.head.hash as string };
    const verdict = (shown: chain.Pin) => chain.judge(pin, shown, [], key, known);
    expect(await verdict(pin)).toBe('up-to-date');
    expect(await verdict({ number: 1, head: one.head.hash as string })).toBe('rolled-back');
    expect(await verdict({ number: 1, head: b64u(random(32)) })).toBe('forked');
    expect(await verdict({ number: 2, head: b64u(random(32)) })).toBe('forked');
    expect(await verdict({ number: 3, head: b64u(random(32)) })).toBe('forked');
  });
});

describe('log', () => {
  const event = '{"v":1,"kind":"grant-opened","time":1,"actor":{"type":"link"}}';

  it('rows hang together', async () => {
    const own = random(32);
    const logKey = await x25519Public(own);
    const name = random(32);
    const rows: log.Row[] = [];
    let pin = log.CHAIN_START;
    for (let seq = 1; seq <= 3; seq++) {
      const [r1, r2] = [random(16), random(16)];
      const previous = new Uint8Array(Buffer.from(pin.leaf, 'base64url'));
      const leaf = await log.leafOf({
        a: await log.eventHalf(r1, event),
        b: await log.chainHalf(r2, name, seq, previous),
      });
      const body = await log.sealEntry(logKey, name, seq, leaf, {
        event,
        r1: b64u(r1),
        r2: b64u(r2),
        previous: pin.leaf,
      });
      rows.push({ seq, leaf: b64u(leaf), body });
      pin = { seq, leaf: b64u(leaf) };
    }
    expect((await log.checkRows(own, name, log.CHAIN_START, rows)).pin).toEqual(pin);
    const gap = [rows[0], rows[2]] as log.Row[];
    expect((await refused('log-broken', () => log.checkRows(own, name, log.CHAIN_START, gap))).at).toBe(2);
    const forged = [{ ...(rows[0] as log.Row), leaf: b64u(random(32)) }];
    expect((await refused('log-broken', () => log.checkRows(own, name, log.CHAIN_START, forged))).at).toBe(1);
  });

  it('a promise is about one event', async () => {
    const seed = random(32);
    const [r1, other] = [random(16), random(32)];
    const leaf = await log.leafOf({ a: await log.eventHalf(r1, event), b: other });
    const promise = await log.signPromise(seed, {
      v: 1,
      leaf: b64u(leaf),
      r1: b64u(r1),
      other: b64u(other),
      time: 1,
      deadline: 2,
    });
    const key = await ed25519Public(seed);
    await log.checkPromise(promise, event, key);
    await refused('hash-mismatch', () => log.checkPromise(promise, event.replace('opened', 'refused'), key));
  });

  it('proofs hold for every tree up to 20 leaves, and for no other root', async () => {
    const leaves = Array.from({ length: 20 }, (_, i) => new Uint8Array(32).fill(i + 1));
    const path = async (index: number, part: Uint8Array<ArrayBuffer>[]): Promise<Uint8Array<ArrayBuffer>[]> => {
      if (part.length === 1) return [];
      const k = 2 ** Math.floor(Math.log2(part.length - 1));
      return index < k
        ? [...(await path(index, part.slice(0, k))), await log.treeRoot(part.slice(k))]
        : [...(await path(index - k, part.slice(k))), await log.treeRoot(part.slice(0, k))];
    };
    const sub = async (
      m: number,
      part: Uint8Array<ArrayBuffer>[],
      whole: boolean,
    ): Promise<Uint8Array<ArrayBuffer>[]> => {
      if (m === part.length) return whole ? [] : [await log.treeRoot(part)];
      const k = 2 ** Math.floor(Math.log2(part.length - 1));
      return m <= k
        ? [...(await sub(m, part.slice(0, k), whole)), await log.treeRoot(part.slice(k))]
        : [...(await sub(m - k, part.slice(k), false)), await log.treeRoot(part.slice(0, k))];
    };
    const bad = new Uint8Array(32);
    for (let n = 1; n <= 20; n++) {
      const part = leaves.slice(0, n);
      const root = await log.treeRoot(part);
      for (let i = 0; i < n; i++) {
        const proof = await path(i, part);
        expect(await log.inclusionHolds(leaves[i] as never, i, n, proof, root)).toBe(true);
        expect(await log.inclusionHolds(leaves[i] as never, i, n, proof, bad)).toBe(false);
        expect(await log.inclusionHolds(leaves[i] as never, i, n, [...proof, bad], root)).toBe(false);
      }
      for (let m = 1; m <= n; m++) {
        const proof = await sub(m, part, true);
        const before = await log.treeRoot(leaves.slice(0, m));
        expect(await log.consistencyHolds(m, n, before, root, proof)).toBe(true);
        if (m < n) expect(await log.consistencyHolds(m, n, bad, root, proof)).toBe(false);
      }
    }
  });
});

describe('DPoP', () => {
  it.each(['ES256', 'EdDSA'])('%s: for one call only', async (alg) => {
    const key = alg === 'ES256' ? await esDpopKey(await generateDpopPair()) : await edDpopKey(random(32));
    const body = utf8('{}');
    const call = { htm: 'POST', htu: 'https://a.example/v1/x', iat: 100, body };
    const token = await signDpop(key, call);
    const wanted = { htm: 'POST', htu: 'https://a.example/v1/x', now: 160, body };
    expect((await checkDpop(token, wanted)).payload.iat).toBe(100);
    await refused('dpop-stale', () => checkDpop(token, { ...wanted, now: 161 }));
    await refused('dpop-mismatch', () => checkDpop(token, { ...wanted, htm: 'GET' }));
    await refused('dpop-mismatch', () => checkDpop(token, { ...wanted, body: utf8('{"a":1}') }));
    await refused('dpop-mismatch', () => checkDpop(token, { htm: 'POST', htu: wanted.htu, now: 100 }));
  });
});

const agencySeed = random(32);
async function sampleRegistry(now: number) {
  const seeds = await Promise.all([1, 2, 3].map(async () => random(32)));
  const signers = await Promise.all(seeds.map(async (seed) => ({ seed, key: await ed25519Public(seed) })));
  const roots = registry.readRoots(
    JSON.stringify({
      v: 1,
      bundle: 'lu',
      threshold: 2,
      keys: signers.map(({ key }) => ({ kty: 'OKP', crv: 'Ed25519', x: b64u(key) })),
    }),
  );
  const key = await ed25519Public(agencySeed);
  const agency = {
    ...{
      id: 'jobcenter-lu',
      name: 'Jobcenter',
      address: 'Platz 1',
      contact: {},
      power: 'can-sanction',
      status: 'active',
    },
    purposes: [{ id: 'claim', text: { de: 'Antrag' }, basis: 'public-task', fields: ['a.b'], retention: '10 years' }],
    keys: [
      {
        ...{ use: 'request', kid: b64u(await thumbprint(key)), jwk: { kty: 'OKP', crv: 'Ed25519', x: b64u(key) } },
        ...{ nbf: 0, exp: now + 99999, status: 'active' },
      },
    ],
  };
  const payload = {
    v: 1,
    bundle: 'lu',
    version: 1,
    previous: null,
    issued: now,
    expires: now + 86400,
    agencies: [agency],
  };
  return { signers, roots, payload: payload as unknown as registry.Registry };
}

describe('registry and requests', () => {
  const now = 1_800_000_000;
  it('needs two of the three keys', async () => {
    const { signers, roots, payload } = await sampleRegistry(now);
    const [a, b] = signers as [(typeof signers)[0], (typeof signers)[0]];
    const good = await registry.signRegistry([a, b], payload);
    const { pin } = await registry.readRegistry(good, roots, now);
    await refused('malformed', async () =>
      registry.readRegistry(await registry.signRegistry([a], payload), roots, now),
    );
    await refused('bad-signature', async () =>
      registry.readRegistry(await registry.signRegistry([a, a], payload), roots, now),
    );
    await refused('expired', () => registry.readRegistry(good, roots, now + 86400));
    await refused('rolled-back', () => registry.readRegistry(good, roots, now, { version: 2, hash: pin.hash }));
    await refused('two-faced', () => registry.readRegistry(good, roots, now, { version: 1, hash: b64u(random(32)) }));
  });

  it('a request is checked against it', async () => {
    const { signers, roots, payload } = await sampleRegistry(now);
    const read = await registry.readRegistry(await registry.signRegistry(signers, payload), roots, now);
    const locator = await request.locateRequest(random(32));
    const body: request.AgencyRequest = {
      ...{ v: 1, request: locator.request, agency: 'jobcenter-lu', audience: 'https://a.example' },
      ...{ purpose: { id: 'claim', text: 'Antrag' }, basis: 'public-task', required: ['a.b'], optional: ['a.c'] },
      ...{
        retention: '10 years',
        on_no: 'nothing',
        nonce: newId(),
        iat: now,
        exp: now + 120,
        mode: 'desk',
        digits: true,
      },
    };
    const token = await request.signRequest(agencySeed, body);
    expect(await request.openRequest(locator, await request.sealRequest(locator, token))).toBe(token);
    const check = (at = now, audience = 'https://a.example') =>
      request.checkRequest(locator, token, read.registry, audience, at);
    expect((await check()).overAsking).toEqual(['a.c']);
    await refused('expired', () => check(now + 120));
    await refused('wrong-audience', () => check(now, 'https://b.example'));
    await refused('malformed', () => request.signRequest(agencySeed, { ...body, exp: now + 121 }));
    const forged = await request.signRequest(random(32), body);
    await refused('bad-signature', () =>
      request.checkRequest(locator, forged, read.registry, 'https://a.example', now),
    );
  });

  it.each([1, 2] as const)('a notice opens for its request, suite %i', async (suite) => {
    const own = { suite, seed: random(32) };
    const key = await sealPublic(own);
    const name = newId();
    const notice: request.Notice = {
      v: 1,
      locator: b64u(random(32)),
      request: name,
      nonce: newId(),
      grant: newId(),
      time: 1,
    };
    const box = await request.sealNotice(key, notice);
    expect(await request.openNotice(own, name, box)).toEqual(notice);
    await refused('undecryptable', () => request.openNotice(own, null, box));
    const other = { suite: suite === 1 ? 2 : 1, seed: own.seed } as const;
    await refused(suite === 1 ? 'malformed' : 'undecryptable', () => request.openNotice(other, name, box));
  });
});

describe('deposit', () => {
  it.each([1, 2] as const)('only for the key that the code names, suite %i', async (suite) => {
    const own = { suite, seed: random(32) };
    const key = await sealPublic(own);
    const locator = await deposit.locateDeposit(await deposit.depositLocator(random(16), key));
    await deposit.checkDepositKey(locator, key);
    await refused('wrong-key', async () => deposit.checkDepositKey(locator, await x25519Public(random(32))));
    const stranger = await sealPublic({ suite: 2, seed: random(32) });
    await refused('wrong-key', async () => deposit.checkDepositKey(locator, stranger));
    const { attachment } = await sealAttachment(utf8('x'), 'x.txt', 'text/plain');
    const item = newId();
    const signature = await deposit.signDeposit(agencySeed, 'kid', {
      ...{ v: 1, code: locator.code, item, attachment: attachment.hash, kind: 'paper', time: 1 },
    });
    const manifest = {
      v: 1,
      kind: 'paper',
      name: 'x',
      media: 'text/plain',
      attachment: { ...attachment },
      sender: { type: 'agency', id: 'a' },
      signature,
    };
    const box = await deposit.sealManifest(key, locator.code, item, manifest);
    const read = await deposit.openManifest(own, locator.code, item, box);
    expect(await deposit.depositSender(read, locator.code, item, await ed25519Public(agencySeed))).not.toBeNull();
    expect(await deposit.depositSender(read, locator.code, newId(), await ed25519Public(agencySeed))).toBeNull();
    expect(await deposit.depositSender(read, locator.code, item, await ed25519Public(random(32)))).toBeNull();
    await refused('undecryptable', () => deposit.openManifest(own, locator.code, newId(), box));
  });
});
