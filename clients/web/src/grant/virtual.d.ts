/** Written by scripts/legal.ts. A declaration cannot import outside of a module declaration. */
declare module 'virtual:legal' {
  type Row = {
    readonly id: string;
    readonly kind: 'consent' | 'contract' | 'notice';
    readonly version: number;
    readonly language: string;
    readonly state: 'drafted' | 'reviewed';
    readonly sha256: string;
    readonly load: () => Promise<{ default: string }>;
  };
  const rows: readonly Row[];
  export default rows;
}

declare module 'virtual:templates' {
  type Row = {
    readonly id: string;
    readonly scenario: string;
    readonly kind: 'request' | 'bundle' | 'single';
    readonly label: string;
    readonly purpose: string;
    readonly on_no: string;
    readonly subject: 'holder' | 'person';
    readonly required: readonly string[];
    readonly optional: readonly string[];
    readonly alternatives?: readonly { readonly instead_of: string; readonly fields: readonly string[] }[];
    readonly scans: readonly { readonly type: string; readonly required: boolean }[];
    readonly basis: readonly ('consent' | 'contract' | 'public-task')[];
    readonly retention: string;
    readonly until: string;
    readonly standing: boolean;
  };
  const loaders: Readonly<Record<string, () => Promise<{ default: readonly Row[] }>>>;

  export type { Row };
  export default loaders;
}

declare module 'virtual:sharing' {
  const types: Readonly<
    Record<
      string,
      {
        readonly sensitive: boolean;
        readonly bundle: boolean;
        readonly shows: readonly string[];
        readonly fields: readonly string[];
      }
    >
  >;
  export default types;
}
