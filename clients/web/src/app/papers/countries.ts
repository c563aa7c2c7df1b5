/** Names of countries and languages come from the browser (CLDR), in the person's language; the code where it has none. */

/** ISO 3166-1 alpha-2, and XK (fields.md). */
const COUNTRIES =
  'AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CL CM CN CO CR CU CV ' +
  'CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HK HN HR HT HU ID IE IL IN IQ ' +
  'IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MO MR MT MU ' +
  'MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK PL PS PT PW PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN ' +
  'SO SR SS ST SV SY SZ TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VN VU WS XK YE ZA ZM ZW';

/** Languages that people bring along, and those of certificates. */
const LANGUAGES =
  'ar az be bg bn bs ckb cs da de dv el en es et fa fi fr ha he hi hr hu hy id ig it ja ka kk kmr ku ky ln lt lv mk ml mn my ' +
  'ne nl no om pa pl prs ps pt rn ro ru rw sk sl so sq sr sv sw ta te tg th ti tk tl tr uk ur uz vi wo yo zh zu am';

type Names = readonly (readonly [string, string])[];
const made = new Map<string, Names>();

function names(codes: string, type: 'region' | 'language', locale: string): Names {
  const key = `${type} ${locale}`;
  const before = made.get(key);
  if (before !== undefined) return before;
  let display: Intl.DisplayNames | null = null;
  try {
    // Where the browser lacks the language of the person, German: the names stand on German papers.
    display = new Intl.DisplayNames([locale, 'de'], { type, fallback: 'code' });
  } catch {
    display = null;
  }
  const rows = codes.split(' ').map((code) => [code, display?.of(code) ?? code] as const);
  const sorted = rows.sort((a, b) => a[1].localeCompare(b[1], locale));
  made.set(key, sorted);
  return sorted;
}

export const countries = (locale: string): Names => names(COUNTRIES, 'region', locale);
export const languages = (locale: string): Names => names(LANGUAGES, 'language', locale);
