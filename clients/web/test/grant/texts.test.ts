/** Consent texts and templates: what the specification has, whole, and nothing else. */
import index from 'virtual:legal';
import { describe, expect, it } from 'vitest';
import { digest } from '../../src/formats/derive.ts';
import { blocks, consentText, kindOf, seconds, templates, textLanguages, textOfHash } from '../../src/grant/texts.ts';
import { codeOf } from '../support/people.ts';

const BASES = ['consent', 'contract', 'public-task'] as const;

describe('a consent text', () => {
  it('stands beside the German one, and is what its hash names', async () => {
    for (const basis of BASES) {
      for (const language of textLanguages(basis)) {
        const text = await consentText(basis, language);
        expect([text.language, text.kind]).toEqual([language, kindOf(basis)]);
        expect(await digest(text.text)).toBe(text.hash);
        expect(text.german?.language ?? 'de').toBe('de');
        expect(text.german === null).toBe(language === 'de');
        expect((await textOfHash(text.hash))?.text).toBe(text.text);
      }
    }
    expect(await textOfHash('A'.repeat(43))).toBeNull();
    expect(await codeOf(consentText('consent', 'tlh'))).toBe('no-text');
    expect(textLanguages('consent')).toEqual(expect.arrayContaining(['de', 'de-x-plain', 'en']));
  });

  it('calls nothing a consent that is none', () => {
    expect(BASES.map(kindOf)).toEqual(['consent', 'contract', 'notice']);
  });

  it('is shown in blocks with every place filled; what is filled in is text and never markup', async () => {
    const fill = {
      recipient: '**Amt** {purpose}',
      ...{ address: 'Weg 1', purpose: 'Antrag', until: '1. Mai', retention: '3 Monate', on_no: 'nichts' },
    };
    for (const row of index) {
      const text = await textOfHash(row.sha256);
      if (text === null) throw new Error(row.id);
      const shown = blocks(text, fill);
      expect(shown[0]?.kind, row.id).toBe('heading');
      expect(
        shown.filter((block) => block.kind === 'fields'),
        `${row.id} ${row.language}`,
      ).toHaveLength(1);
      const said = shown.flatMap((block) => block.parts.map((part) => part.text)).join('');
      expect(said).toContain('**Amt** {purpose}');
      expect(said.replace('**Amt** {purpose}', '')).not.toMatch(/\*\*|\{|\}|^#/m);
    }
  });
});

describe('templates', () => {
  it('speak every language that they have, and English else', async () => {
    const german = await templates('de');
    expect(german.map((one) => one.id)).toContain('s2_benefit_claim');
    const plain = await templates('de-x-plain');
    expect(plain.map((one) => one.id)).toEqual(german.map((one) => one.id));
    expect(plain.map((one) => one.label)).not.toEqual(german.map((one) => one.label));
    expect(await templates('tlh')).toEqual(await templates('en'));
    for (const one of german) {
      expect(one.label && one.purpose && one.onNo, one.id).toBeTruthy();
      expect(seconds(one.until)).toBeGreaterThan(0);
      expect(
        one.alternatives.every(
          ({ insteadOf, fields }) => one.required.concat(one.optional).includes(insteadOf) && fields.length > 0,
        ),
      ).toBe(true);
    }
  });

  it('measure time in one unit', () => {
    expect([seconds('P14D'), seconds('P2W'), seconds('P3M'), seconds('P1Y')]).toEqual(
      [14, 14, 90, 365].map((days) => days * 86400),
    );
    for (const bad of ['', 'P', 'P0D', '14D', 'P1Y2M', 'PT5M', 'P-1D'])
      expect(() => seconds(bad), bad).toThrow('bad-duration');
  });
});
