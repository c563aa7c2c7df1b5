import { beforeAll, describe, expect, it } from 'vitest';
import { b64u, digest, EMPTY, newId, random } from '../../src/formats/conventions.ts';
import {
  checkPeek,
  type Delivered,
  openGrant,
  readPolicy,
  recordSeed,
  sealTerms,
  signRecord,
  stretchPasscode,
} from '../../src/formats/grant.ts';
import { refused } from './helpers.ts';
import { flip, makeGrant } from './sample.ts';

const now = 1_800_000_000;
const bearer = { kind: 'bearer', stretched: EMPTY } as const;

describe('what a recipient checks', () => {
  let made: Awaited<ReturnType<typeof makeGrant>>;
  beforeAll(async () => {
    made = await makeGrant({
      now,
      slots: [
        { name: 'a.b', value: 'x' },
        { name: 'a.c', value: null, missing: 'not-known' },
      ],
    });
  });
  const open = (delivered: Delivered, at = now, seen?: Parameters<typeof openGrant>[4]) =>
    openGrant(made.locator, delivered, bearer, at, seen);

  it('a whole grant opens, and so does a part of it', async () => {
    const all = await open(made.delivered);
    expect([...all.slots.values()].map((slot) => slot.value)).toEqual(['x', null]);
    const [first] = made.ids as [string];
    const part = await open({ ...made.delivered, slots: { [first]: made.delivered.slots[first] as string } });
    expect(part.slots.size).toBe(1);
    expect((await checkPeek(made.locator, made.delivered, now)).terms.purpose).toBe('Proof for the flat');
  });

  it('another grant under this locator is refused', async () => {
    const other = await makeGrant({ now });
    await refused('wrong-grant', () => open(other.delivered));
    await refused('wrong-grant', () => checkPeek(made.locator, other.delivered, now));
  });

  it.each(['policy', 'terms', 'keybox'] as const)('an altered %s is refused', async (part) => {
    const altered = { ...made.delivered, [part]: flip(made.delivered[part], made.delivered[part].length - 3) };
    await refused('record-mismatch', () => open(altered));
  });

  it('an altered, swapped or foreign slot is refused', async () => {
    const [a, b] = made.ids as [string, string];
    const { slots } = made.delivered;
    const altered = { ...slots, [a]: flip(slots[a] as string, (slots[a] as string).length - 3) };
    await refused('record-mismatch', () => open({ ...made.delivered, slots: altered }));
    const swapped = { [a]: slots[b] as string, [b]: slots[a] as string };
    await refused('record-mismatch', () => open({ ...made.delivered, slots: swapped }));
    await refused('record-mismatch', () =>
      open({ ...made.delivered, slots: { ...slots, [newId()]: slots[a] as string } }),
    );
  });

  it('an altered signature is refused before anything else', async () => {
    await refused('bad-signature', () =>
      open({ ...made.delivered, record: flip(made.delivered.record, made.delivered.record.length - 20) }),
    );
  });

  it('time is checked', async () => {
    await refused('not-yet', () => open(made.delivered, now - 61));
    await refused('expired', () => open(made.delivered, now + 86400));
  });

  it('a record by a key that the key box does not name is refused', async () => {
    const { policy, terms, keybox, slots } = made.delivered;
    const digests = Object.fromEntries(
      await Promise.all(Object.entries(slots).map(async ([id, t]) => [id, await digest(t)])),
    );
    const record = await signRecord(await recordSeed(random(32), { grant: made.locator.grant }), {
      v: 1,
      grant: made.locator.grant,
      version: 1,
      policy: b64u(made.place.policyHash),
      terms: await digest(terms),
      keybox: await digest(keybox),
      slots: digests,
      time: now,
    });
    await refused('wrong-record-key', () => open({ policy, terms, keybox, slots, record }));
  });

  it('older than seen, or the same version with another record, is refused', async () => {
    const { seen } = await open(made.delivered);
    await open(made.delivered, now, seen);
    await refused('rolled-back', () => open(made.delivered, now, { ...seen, version: 2 }));
    await refused('two-faced', () => open(made.delivered, now, { ...seen, record: b64u(random(32)) }));
  });

  it('terms of this grant that the policy does not name are refused', async () => {
    const other = await makeGrant({ now, secret: made.secret, terms: { purpose: 'Something else' } });
    const terms = await sealTerms(made.locator, new TextEncoder().encode('{}'));
    await refused('record-mismatch', () => open({ ...made.delivered, terms: other.delivered.terms }));
    await refused('record-mismatch', () => open({ ...made.delivered, terms }));
  });

  it('is not for an agency', async () => {
    await refused('wrong-recipient', () =>
      openGrant(
        made.locator,
        made.delivered,
        { kind: 'agency', thumbprint: random(32), suite: 1, open: async () => random(64) },
        now,
      ),
    );
  });
});

describe('passcode', () => {
  it('opens with the right digits in any script, and with no others', async () => {
    const made = await makeGrant({ now, passcode: '123456' });
    const stretch = (code: string) => stretchPasscode(made.locator, 'argon2id-32-6-1', code);
    const opened = await openGrant(
      made.locator,
      made.delivered,
      { kind: 'bearer', stretched: await stretch('١٢٣ ٤٥٦') },
      now,
    );
    expect(opened.slots.size).toBe(1);
    const wrong = { kind: 'bearer', stretched: await stretch('123457') } as const;
    await refused('wrong-key', () => openGrant(made.locator, made.delivered, wrong, now));
    await refused('wrong-key', () => openGrant(made.locator, made.delivered, bearer, now));
    await refused('kdf-refused', () => stretchPasscode(made.locator, 'argon2id-1-1-1', '123456'));
    await refused('malformed', () => stretch('12345'));
  });
});

describe('policy', () => {
  it('with a profile that does not exist is refused', async () => {
    const { delivered } = await makeGrant({ now });
    const policy = JSON.stringify({ ...JSON.parse(delivered.policy), passcode: 'argon2id-1-1-1' });
    await refused('kdf-refused', () => readPolicy(policy));
  });

  it.each([
    ['opens', 0],
    ['opens', 1001],
    ['exp', 5],
    ['exp', now + 400 * 86400],
    ['suite', 2],
    ['slots', []],
    ['extra', 1],
  ])('%s %j is refused', async (name, value) => {
    const { delivered } = await makeGrant({ now });
    const policy = JSON.stringify({ ...JSON.parse(delivered.policy), [name]: value });
    await refused('malformed', () => readPolicy(policy));
  });
});
