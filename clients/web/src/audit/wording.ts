/** The German wording of the letters: plain administrative language, each claim with its article. */
import type { Terms } from '../formats/grant.ts';

export type Right = 'access' | 'correction' | 'erasure';
/** What is wrong: field (`type.field`), the value that they hold, the right one. */
export type Correction = { readonly field: string; readonly theirs: string; readonly ours: string };

export type Share = {
  readonly purpose: string;
  /** YYYY-MM-DD */
  readonly created: string;
  readonly terms: Pick<Terms, 'basis' | 'retention'> | null;
  /** German labels of what was shared, and of what the log says was delivered on which days. */
  readonly fields: readonly string[];
  readonly read: readonly string[];
  readonly days: readonly string[];
};
export type Facts = { readonly rows: readonly Share[]; readonly label: (name: string) => string };

const SUBJECTS: Readonly<Record<Right, string>> = {
  access: 'Auskunft über meine Daten nach Art. 15 DSGVO',
  correction: 'Berichtigung meiner Daten nach Art. 16 DSGVO',
  erasure: 'Löschung meiner Daten nach Art. 17 DSGVO',
};
export const subjectOf = (right: Right): string => SUBJECTS[right];

export const german = (day: string): string => day.split('-').reverse().join('.');

type About = { readonly deadline: string; readonly correction: Correction | null };

export function paragraphsOf(right: Right, facts: Facts, about: About): string[] {
  return [
    'Sehr geehrte Damen und Herren,',
    ...facts.rows.map(shared),
    ...CLAIMS[right](facts, about),
    ...closing(about),
  ];
}

function shared({ purpose, created, fields, read, days }: Share): string {
  const [first = '', ...more] = [
    `am ${german(created)} habe ich Ihnen über meine Mappe Angaben für diesen Zweck freigegeben: ${purpose}`,
    'Freigegeben waren:',
    ...fields.map((field) => `- ${field}`),
  ];
  const log =
    days.length === 0
      ? ['Nach meinem Protokoll wurden sie bisher nicht abgerufen.']
      : [
          `Nach meinem Protokoll wurden am ${days.map(german).join(', ')} abgerufen:`,
          ...(read.length === 0 ? fields : read).map((field) => `- ${field}`),
        ];
  return [`${first.charAt(0).toUpperCase()}${first.slice(1)}`, ...more, ...log].join('\n');
}

const CLAIMS: Readonly<Record<Right, (facts: Facts, about: About) => string[]>> = {
  access: () => [
    'Ich bitte Sie nach Art. 15 Abs. 1 DSGVO um Auskunft, ob Sie Daten über mich verarbeiten. Wenn ja, teilen Sie mir bitte mit:',
    [
      '- welche Daten das sind,',
      '- zu welchen Zwecken und auf welcher Rechtsgrundlage Sie sie verarbeiten,',
      '- an wen Sie sie weitergegeben haben oder noch weitergeben,',
      '- wie lange Sie sie speichern oder nach welchen Kriterien sich das richtet,',
      '- woher Sie die Daten haben, soweit nicht von mir,',
      '- ob Sie damit automatisch über mich entscheiden, und wenn ja, wie.',
    ].join('\n'),
    'Bitte senden Sie mir nach Art. 15 Abs. 3 DSGVO eine Kopie der Daten. Die erste Kopie ist kostenlos (Art. 12 Abs. 5 DSGVO).',
  ],
  correction: ({ label }, { correction }) => [
    [
      'Eine Angabe über mich ist falsch:',
      `- Angabe: ${correction === null ? '' : label(correction.field)}`,
      `- bei Ihnen gespeichert: ${correction?.theirs ?? ''}`,
      `- richtig ist: ${correction?.ours ?? ''}`,
    ].join('\n'),
    'Ich verlange nach Art. 16 DSGVO, dass Sie diese Angabe unverzüglich berichtigen.',
    'Bis Sie das geprüft haben, schränken Sie die Verarbeitung dieser Angabe bitte ein (Art. 18 Abs. 1 Buchst. a DSGVO). Teilen Sie die Berichtigung allen mit, an die Sie die falsche Angabe weitergegeben haben, und nennen Sie mir diese Stellen (Art. 19 DSGVO).',
    'Die richtige Angabe kann ich Ihnen mit meinen Papieren nachweisen.',
  ],
  erasure: ({ rows }) => {
    const consent = rows.some((row) => row.terms?.basis === 'consent');
    return [
      consent
        ? 'Ich widerrufe meine Einwilligung (Art. 7 Abs. 3 DSGVO) und verlange, dass Sie die Daten löschen, die Sie auf dieser Grundlage erhalten haben (Art. 17 Abs. 1 Buchst. b DSGVO).'
        : 'Ich verlange, dass Sie die Daten löschen, die Sie für den genannten Zweck nicht mehr brauchen (Art. 17 Abs. 1 Buchst. a DSGVO).',
      'Müssen Sie einzelne Daten nach dem Gesetz länger aufbewahren (Art. 17 Abs. 3 DSGVO), nennen Sie mir bitte diese Daten, die Vorschrift und den Tag, an dem Sie sie löschen. Bis dahin verarbeiten Sie sie bitte zu keinem anderen Zweck.',
      'Teilen Sie die Löschung allen mit, an die Sie die Daten weitergegeben haben, und nennen Sie mir diese Stellen (Art. 19 DSGVO). Bitte bestätigen Sie mir die Löschung schriftlich.',
    ];
  },
};

function closing({ deadline }: About): string[] {
  return [
    `Bitte antworten Sie unverzüglich, spätestens innerhalb eines Monats, nachdem dieses Schreiben bei Ihnen eingegangen ist (Art. 12 Abs. 3 DSGVO). Geht es heute ein, ist das der ${german(deadline)}. Wenn Sie meinem Verlangen nicht nachkommen, teilen Sie mir bitte die Gründe mit (Art. 12 Abs. 4 DSGVO). Ich kann mich bei einer Datenschutzaufsicht beschweren (Art. 77 DSGVO).`,
    'Mit freundlichen Grüßen',
  ];
}
