import { describe, expect, it } from 'vitest';
import { DEFAULTS, readSettings } from '../../src/app/more/settings.ts';
import { weak } from '../../src/app/more/weak.ts';
import { clockOf, groups } from '../../src/app/more/words.ts';
import { deviceLabel } from '../../src/unlock/label.ts';

describe('a PIN that is too easy', () => {
  it.each(['000000', '777777', '123456', '654321', '890123', '121212', '123123', '474474'])('%s', (pin) => {
    expect(weak(pin)).toBe(true);
  });
  it.each(['135790', '482915', '112233', '020304'])('but not %s', (pin) => {
    expect(weak(pin)).toBe(false);
  });
});

describe('settings that lie on the shelf', () => {
  it.each([undefined, null, 'x', 7, [], {}])('are the defaults where there is %j', (stored) => {
    expect(readSettings(stored)).toEqual(DEFAULTS);
  });
  it('keep what can be used and drop what cannot', () => {
    const stored = { language: 'ar', beside: 'klingon', mask: 'yes', idle: 15, remind: 99, face: 'calculator' };
    expect(readSettings(stored)).toEqual({ ...DEFAULTS, language: 'ar', idle: 15 });
  });
  it('never lock later than the longest choice', () => {
    expect(readSettings({ idle: 100_000 }).idle).toBe(DEFAULTS.idle);
    expect(readSettings({ idle: 0 }).idle).toBe(DEFAULTS.idle);
  });
});

describe('numbers that are read from a screen', () => {
  it('count down', () => {
    expect([clockOf(1800), clockOf(65.9), clockOf(5), clockOf(-3)]).toEqual(['30:00', '1:05', '0:05', '0:00']);
  });
  it('stand in groups', () => {
    expect(groups('123456789012345678901234')).toEqual(['1234', '5678', '9012', '3456', '7890', '1234']);
    expect(groups('123456', 3)).toEqual(['123', '456']);
  });
});

describe('what a device is called', () => {
  it.each([
    ['Mozilla/5.0 (Linux; Android 13; SM-A037G) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36', 'phone'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148', 'phone'],
    ['Mozilla/5.0 (Linux; Android 12; SM-T500) AppleWebKit/537.36 Chrome/120.0 Safari/537.36', 'tablet'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36', 'computer'],
    ['Node.js/24', 'device'],
  ])('%s', (agent, label) => {
    expect(deviceLabel(agent)).toBe(label);
    expect(label).toMatch(/^[a-z0-9-]{1,40}$/);
  });
});
