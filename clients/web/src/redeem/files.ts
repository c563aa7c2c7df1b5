/** What a received file may become on the recipient's disk or screen. Its name and type were chosen by somebody else. */

/** Painted in the page: bitmap formats only. SVG is a program. */
const PAINTED = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];

const EXTENSIONS: Readonly<Record<string, readonly string[]>> = {
  'application/pdf': ['pdf'],
  'image/png': ['png'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/webp': ['webp'],
  'image/gif': ['gif'],
  'image/tiff': ['tif', 'tiff'],
  'image/heic': ['heic'],
  'text/plain': ['txt'],
  'text/csv': ['csv'],
  'application/json': ['json'],
  'application/zip': ['zip'],
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': ['docx'],
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ['xlsx'],
  'application/vnd.oasis.opendocument.text': ['odt'],
  'application/vnd.oasis.opendocument.spreadsheet': ['ods'],
};

/** They would run in a browser: saved as text. */
const ACTIVE =
  /^(text\/|image\/svg|application\/(xhtml|xml|javascript|ecmascript|x-javascript|hta)|multipart\/|message\/)|\+xml$/;

const LONGEST_NAME = 100;

export type Safe = { readonly name: string; readonly media: string; readonly painted: boolean; readonly text: boolean };

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff<>:"/\\|?*]/g;

export function safeFile(name: string, media: string): Safe {
  const type = media.toLowerCase().split(';')[0]?.trim() ?? '';
  const known = Object.hasOwn(EXTENSIONS, type);
  const text = !known && ACTIVE.test(type);
  const extensions = known ? (EXTENSIONS[type] as readonly string[]) : [text ? 'txt' : 'bin'];
  const clean =
    name
      .normalize('NFC')
      .replace(UNSAFE, '')
      .replace(/^[.\s]+|[.\s]+$/g, '') || 'file';
  const dot = clean.lastIndexOf('.');
  const fits = dot > 0 && extensions.includes(clean.slice(dot + 1).toLowerCase());
  const stem = (fits ? clean.slice(0, dot) : clean).slice(0, LONGEST_NAME);
  const extension = fits ? clean.slice(dot + 1) : extensions[0];
  return {
    name: `${stem}.${extension}`,
    media: known ? type : text ? 'text/plain' : 'application/octet-stream',
    painted: PAINTED.includes(type),
    text,
  };
}

export function save(parts: BlobPart[], name: string, media: string): void {
  const url = URL.createObjectURL(new Blob(parts, { type: media }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
