declare module 'pdfjs-dist/legacy/build/pdf.min.mjs';
declare module 'pdfjs-dist/legacy/build/pdf.worker.min.mjs';

declare module 'virtual:pdf-viewer' {
  /** Where the app fetches the text of pdf.js for the frame. */
  const address: string;
  export default address;
}

declare module 'virtual:pdf-files' {
  /** Base64, by the name that pdf.js asks for. */
  const files: Readonly<Record<string, string>>;
  export default files;
}
