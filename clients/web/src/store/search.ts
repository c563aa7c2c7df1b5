/** Search over papers in any script: how somebody spells a name does not decide whether it is found. */

const MARKS = /\p{M}+/gu;
/** Letters that stand for one another on different keyboards, or that decomposition leaves alone. */
const SAME: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ə: 'e',
  // Arabic, Persian, Pashto, Kurdish
  ٱ: 'ا',
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ى: 'ي',
  ی: 'ي',
  ې: 'ي',
  ۍ: 'ي',
  ئ: 'ي',
  ؤ: 'و',
  ة: 'ه',
  ە: 'ه',
  ۀ: 'ه',
  ک: 'ك',
  ګ: 'گ',
  ـ: '',
  // Ukrainian and Russian
  ё: 'е',
  ґ: 'г',
};
const EASTERN = /[٠-٩۰-۹]/g;
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** The marks go before the letters are changed: ǣ is an æ with one. */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(INVISIBLE, '')
    .normalize('NFD')
    .replace(MARKS, '')
    .replace(/./gu, (letter) => SAME[letter] ?? letter)
    .replace(EASTERN, (digit) => String(digit.charCodeAt(0) & 15))
    .replace(/[’'`ʼ‘]/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** Every word of the question begins a word of the text, in any order. */
export function matches(question: string, text: string): boolean {
  const words = fold(question).split(' ').filter(Boolean);
  const inside = ` ${fold(text)}`;
  const closed = inside.replaceAll(' ', '');
  return words.every((word) => inside.includes(` ${word}`) || (word.length > 3 && closed.includes(word)));
}
