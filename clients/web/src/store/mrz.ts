/**
 * The machine-readable zone as ICAO 9303 prints it on passports (TD3), cards (TD1) and small papers (TD2), typed or
 * pasted. What a check digit contradicts is not taken over silently: `doubts` names it.
 */
import { type PartialDate, readDate, writeDate } from './dates.ts';

export type Zone = {
  readonly format: 'TD1' | 'TD2' | 'TD3';
  /** As printed: `P`, `ID`, `AR`, … */
  readonly kind: string;
  /** Alpha-2 where we know it, else as printed. */
  readonly issuer: string;
  readonly number: string;
  readonly familyName: string;
  readonly givenName: string;
  readonly nationality: string;
  /** Partial where the zone leaves days or months open. */
  readonly birthdate: string | null;
  readonly sex: 'male' | 'female' | null;
  readonly expiry: string | null;
  readonly doubts: readonly Doubt[];
};
export type Doubt = 'number' | 'birthdate' | 'expiry' | 'whole';

const LINES = { TD1: [3, 30], TD2: [2, 36], TD3: [2, 44] } as const;
const WEIGHTS = [7, 3, 1] as const;

function value(char: string): number {
  if (char === '<') return 0;
  const code = char.charCodeAt(0);
  return code < 58 ? code - 48 : code - 55;
}

/** Part 3, section 4.9. */
export function checkDigit(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += value(text[i] as string) * (WEIGHTS[i % 3] as number);
  return sum % 10;
}

const fits = (text: string, digit: string | undefined) => digit !== undefined && String(checkDigit(text)) === digit;

/** Line breaks and spaces are as somebody typed them; the count of characters decides which paper it is. */
function linesOf(text: string): { format: Zone['format']; lines: string[] } | null {
  const closed = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[«‹〈]/g, '<')
    .replace(/\s+/g, '');
  if (!/^[A-Z0-9<]+$/.test(closed)) return null;
  for (const [format, [count, length]] of Object.entries(LINES) as [Zone['format'], readonly [number, number]][]) {
    if (closed.length !== count * length) continue;
    // 90 characters are TD1 only, 72 TD2, 88 TD3.
    return { format, lines: Array.from({ length: count }, (_, i) => closed.slice(i * length, (i + 1) * length)) };
  }
  return null;
}

/** Two digits of a year: nobody is born in the future, no paper runs longer than twenty years. */
const PAPER_YEARS = 20;

function dateOf(text: string, kind: 'birth' | 'expiry', year: number): string | null {
  const digits = text.slice(0, 2);
  if (!/^\d\d$/.test(digits)) return null;
  const century = Math.floor(year / 100) * 100;
  let full = century + Number(digits);
  if (kind === 'birth' && full > year) full -= 100;
  if (kind === 'expiry' && full > year + PAPER_YEARS) full -= 100;
  const [month, day] = [text.slice(2, 4), text.slice(4, 6)];
  let date: PartialDate = { year: full };
  if (/^\d\d$/.test(month) && month !== '00') {
    date = { ...date, month: Number(month) };
    if (/^\d\d$/.test(day) && day !== '00') date = { ...date, day: Number(day) };
  }
  const written = writeDate(date);
  return readDate(written) === null ? null : written;
}

const unfilled = (text: string) => text.replaceAll('<', ' ').trim().replace(/ +/g, ' ');

function names(field: string): { familyName: string; givenName: string } {
  const at = field.indexOf('<<');
  if (at < 0) return { familyName: unfilled(field), givenName: '' };
  return { familyName: unfilled(field.slice(0, at)), givenName: unfilled(field.slice(at)) };
}

/** ICAO 9303 part 3, section 5: three letters; the wallet keeps ISO 3166-1 alpha-2 (fields.md). */
export function country(code: string): string {
  const printed = code.replaceAll('<', '');
  return COUNTRIES[printed] ?? printed;
}

type Row = Omit<Zone, 'doubts' | 'format'>;

/** null: these are not the characters of a zone. `year` is this year. */
export function readZone(text: string, year: number): Zone | null {
  const read = linesOf(text);
  if (read === null) return null;
  const { format, lines } = read;
  const [first = '', second = '', third = ''] = lines;
  if (!/^[A-Z]/.test(first)) return null;
  return format === 'TD1' ? card(first, second, third, year) : booklet(format, first, second, year);
}

function rest(sex: string, birth: string, expiry: string, year: number) {
  return {
    birthdate: dateOf(birth, 'birth', year),
    sex: sex === 'M' ? ('male' as const) : sex === 'F' ? ('female' as const) : null,
    expiry: dateOf(expiry, 'expiry', year),
  };
}

function card(first: string, second: string, third: string, year: number): Zone {
  let number = first.slice(5, 14);
  let digit: string | undefined = first[14];
  let checked = number;
  // Part 5, section 4.2.2, note j: a longer number goes on in the optional data, its check digit last.
  if (digit === '<' && number[8] !== '<') {
    const more = first.slice(15).split('<')[0] ?? '';
    number += more.slice(0, -1);
    checked = number;
    digit = more.at(-1);
  }
  const [birth, expiry] = [second.slice(0, 6), second.slice(8, 14)];
  const row: Row = {
    kind: unfilled(first.slice(0, 2)),
    issuer: country(first.slice(2, 5)),
    number: unfilled(number),
    ...names(third),
    nationality: country(second.slice(15, 18)),
    ...rest(second[7] ?? '', birth, expiry, year),
  };
  const whole = first.slice(5) + second.slice(0, 7) + second.slice(8, 15) + second.slice(18, 29);
  return {
    format: 'TD1',
    ...row,
    doubts: doubts([checked, digit], [birth, second[6]], [expiry, second[14]], [whole, second[29]]),
  };
}

function booklet(format: 'TD2' | 'TD3', first: string, second: string, year: number): Zone {
  const [number, birth, expiry] = [second.slice(0, 9), second.slice(13, 19), second.slice(21, 27)];
  const last = second.length - 1;
  const row: Row = {
    kind: unfilled(first.slice(0, 2)),
    issuer: country(first.slice(2, 5)),
    number: unfilled(number),
    ...names(first.slice(5)),
    nationality: country(second.slice(10, 13)),
    ...rest(second[20] ?? '', birth, expiry, year),
  };
  const whole = second.slice(0, 10) + second.slice(13, 20) + second.slice(21, last);
  return {
    format,
    ...row,
    doubts: doubts([number, second[9]], [birth, second[19]], [expiry, second[27]], [whole, second[last]]),
  };
}

type Checked = readonly [string, string | undefined];

function doubts(number: Checked, birth: Checked, expiry: Checked, whole: Checked): Doubt[] {
  const found: Doubt[] = [];
  if (!fits(...number)) found.push('number');
  if (!fits(...birth)) found.push('birthdate');
  if (!fits(...expiry)) found.push('expiry');
  // French cards and visas have none: a filler is no contradiction there.
  if (whole[1] !== '<' && !fits(...whole)) found.push('whole');
  return found;
}

const COUNTRIES: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'D=DE AFG=AF ALB=AL DZA=DZ AND=AD AGO=AO ATG=AG ARG=AR ARM=AM AUS=AU AUT=AT AZE=AZ BHS=BS BHR=BH BGD=BD BRB=BB ' +
    'BLR=BY BEL=BE BLZ=BZ BEN=BJ BTN=BT BOL=BO BIH=BA BWA=BW BRA=BR BRN=BN BGR=BG BFA=BF BDI=BI KHM=KH CMR=CM CAN=CA CPV=CV ' +
    'CAF=CF TCD=TD CHL=CL CHN=CN COL=CO COM=KM COG=CG COD=CD CRI=CR CIV=CI HRV=HR CUB=CU CYP=CY CZE=CZ DNK=DK DJI=DJ DMA=DM ' +
    'DOM=DO ECU=EC EGY=EG SLV=SV GNQ=GQ ERI=ER EST=EE SWZ=SZ ETH=ET FJI=FJ FIN=FI FRA=FR GAB=GA GMB=GM GEO=GE DEU=DE GHA=GH ' +
    'GRC=GR GRD=GD GTM=GT GIN=GN GNB=GW GUY=GY HTI=HT VAT=VA HND=HN HKG=HK HUN=HU ISL=IS IND=IN IDN=ID IRN=IR IRQ=IQ IRL=IE ' +
    'ISR=IL ITA=IT JAM=JM JPN=JP JOR=JO KAZ=KZ KEN=KE KIR=KI PRK=KP KOR=KR RKS=XK KWT=KW KGZ=KG LAO=LA LVA=LV LBN=LB LSO=LS ' +
    'LBR=LR LBY=LY LIE=LI LTU=LT LUX=LU MAC=MO MDG=MG MWI=MW MYS=MY MDV=MV MLI=ML MLT=MT MHL=MH MRT=MR MUS=MU MEX=MX FSM=FM ' +
    'MDA=MD MCO=MC MNG=MN MNE=ME MAR=MA MOZ=MZ MMR=MM NAM=NA NRU=NR NPL=NP NLD=NL NZL=NZ NIC=NI NER=NE NGA=NG MKD=MK NOR=NO ' +
    'OMN=OM PAK=PK PLW=PW PSE=PS PAN=PA PNG=PG PRY=PY PER=PE PHL=PH POL=PL PRT=PT QAT=QA ROU=RO RUS=RU RWA=RW KNA=KN LCA=LC ' +
    'VCT=VC WSM=WS SMR=SM STP=ST SAU=SA SEN=SN SRB=RS SYC=SC SLE=SL SGP=SG SVK=SK SVN=SI SLB=SB SOM=SO ZAF=ZA SSD=SS ESP=ES ' +
    'LKA=LK SDN=SD SUR=SR SWE=SE CHE=CH SYR=SY TWN=TW TJK=TJ TZA=TZ THA=TH TLS=TL TGO=TG TON=TO TTO=TT TUN=TN TUR=TR TKM=TM ' +
    'TUV=TV UGA=UG UKR=UA ARE=AE GBR=GB GBD=GB GBN=GB GBO=GB GBP=GB GBS=GB USA=US URY=UY UZB=UZ VUT=VU VEN=VE VNM=VN YEM=YE ' +
    // 9303 part 3, section 5 part D: stateless (XXA), refugees (XXB, XXC), not stated (XXX)
    'ZMB=ZM ZWE=ZW XXA=QS XXX=QU'
  )
    .split(' ')
    .map((pair) => pair.split('=') as [string, string]),
);

/** Fields of the catalogue that a zone fills, by kind of paper. */
export function filled(zone: Zone, type: string): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  const put = (name: string, content: string | null) => {
    if (content !== null && content !== '') out[name] = content;
  };
  if (type === 'person') {
    put('family_name', zone.familyName);
    put('given_name', zone.givenName);
    put('birthdate', zone.birthdate);
    put('sex', zone.sex);
    if (/^[A-Z]{2}$/.test(zone.nationality)) out.nationalities = [zone.nationality];
    return out;
  }
  put('document_number', zone.number);
  if (type === 'passport' || type === 'travel_document') {
    if (/^[A-Z]{2}$/.test(zone.issuer)) put('issuing_country', zone.issuer);
  }
  const expiry = zone.expiry !== null && zone.expiry.length === 10 ? zone.expiry : null;
  put(type === 'interim_paper' ? 'valid_until' : 'date_of_expiry', expiry);
  return out;
}
