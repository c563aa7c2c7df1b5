import { describe, expect, it } from 'vitest';
import { arrival, newsOf } from '../../src/app/more/news.ts';
import type { Entry } from '../../src/audit/journal.ts';
import type { LogEvent } from '../../src/formats/log.ts';

const HERE = 'this-device';
const OTHER = 'other-device';

function log(...events: Partial<LogEvent>[]): Entry[] {
  return events.map((event, at) => ({
    seq: at + 1,
    leaf: '',
    index: null,
    proven: null,
    event: { v: 1, kind: 'vault-changed', time: 100 + at, actor: { type: 'device', id: OTHER }, ...event } as LogEvent,
  }));
}

describe('what a device tells about the locks', () => {
  it.each(['device-added', 'device-removed', 'method-changed', 'recovery-stopped'])('says %s of another', (kind) => {
    expect(newsOf(log({ kind }), 0, HERE).map((one) => one.kind)).toEqual([kind]);
  });
  it('says a recovery that nobody with a session began, and what a stop code ended', () => {
    const entries = log(
      { kind: 'recovery-started', actor: { type: 'server' } },
      { kind: 'stopped', actor: { type: 'stop-code' } },
    );
    expect(newsOf(entries, 0, HERE).map((one) => one.kind)).toEqual(['stopped', 'recovery-started']);
  });
  it('is quiet about papers, shares and reads', () => {
    const entries = log({}, { kind: 'grant-opened' }, { kind: 'deposit-received' }, { kind: 'signed-in' });
    expect(newsOf(entries, 0, HERE)).toEqual([]);
  });
  it('is quiet about what was done here', () => {
    const entries = log({ kind: 'method-changed', actor: { type: 'device', id: HERE } });
    expect(newsOf(entries, 0, HERE)).toEqual([]);
  });
  it('is quiet about what was seen here before, and no later entry hides an unseen one', () => {
    const entries = log({ kind: 'device-added' }, {}, { kind: 'method-changed' }, {}, {});
    expect(newsOf(entries, 1, HERE).map((one) => one.seq)).toEqual([3]);
    expect(newsOf(entries, 3, HERE)).toEqual([]);
  });
  it('shows a kind about devices that this app does not know', () => {
    expect(newsOf(log({ kind: 'device-renamed' }), 0, HERE)).toHaveLength(1);
  });
  it('names the device that came in, and the one that was locked out by another', () => {
    const [added] = newsOf(log({ kind: 'device-added' }), 0, HERE);
    const [removed] = newsOf(log({ kind: 'device-removed', detail: { device: 'gone' } }), 0, HERE);
    expect([added?.device, removed?.device]).toEqual([OTHER, 'gone']);
  });
  it('is quiet about a device that was let in from here', () => {
    const entries = log(
      { kind: 'join-approved', actor: { type: 'device', id: HERE }, detail: { device: OTHER, mode: 'device' } },
      { kind: 'device-added', detail: { approved_by: HERE } },
      { kind: 'assisted-started', detail: { approved_by: 'third', until: 9 } },
    );
    expect(newsOf(entries, 0, HERE).map((one) => one.kind)).toEqual(['assisted-started']);
  });
  it('is quiet about a PIN that was used, and says one that was set', () => {
    const entries = log({ kind: 'pin-released' }, { kind: 'pin-set' }, { kind: 'assisted-ended' });
    expect(newsOf(entries, 0, HERE).map((one) => one.kind)).toEqual(['pin-set']);
  });
});

describe('where the news of a device begins', () => {
  it('is its own arrival, the last one', () => {
    const entries = log(
      { kind: 'wallet-created' },
      { kind: 'device-added', actor: { type: 'device', id: HERE } },
      { kind: 'device-added' },
      { kind: 'device-added', actor: { type: 'device', id: HERE } },
      { kind: 'method-changed' },
    );
    expect(arrival(entries, HERE)).toBe(4);
    expect(newsOf(entries, arrival(entries, HERE), HERE).map((one) => one.seq)).toEqual([5]);
  });
  it('is the end of a log that does not know it', () => {
    expect(arrival(log({ kind: 'device-added' }, {}), HERE)).toBe(2);
    expect(arrival([], HERE)).toBe(0);
  });
});
