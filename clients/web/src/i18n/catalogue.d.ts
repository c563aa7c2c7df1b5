declare module 'virtual:catalogue/*' {
  type Codes = Readonly<Record<string, string>>;
  type Field = {
    readonly label: string;
    readonly kind: string;
    readonly item?: string;
    readonly codes?: Codes;
    readonly members?: Readonly<Record<string, Field>>;
    /** In the app's catalogue. */
    readonly help?: string;
    readonly sensitive?: boolean;
  };
  type Paper = {
    readonly label: string;
    readonly fields: Readonly<Record<string, Field>>;
    /** In the app's catalogue. */
    readonly help?: string;
    readonly sensitive?: boolean;
    readonly bundle?: boolean;
    readonly assessment?: boolean;
    readonly shows?: readonly string[];
  };
  type Catalogue = {
    readonly types: Readonly<Record<string, Paper>>;
    readonly reasons: Codes;
    readonly vocabularies?: Readonly<Record<string, Codes>>;
  };
  const catalogue: Catalogue;

  export type { Catalogue, Codes, Field, Paper };
  export default catalogue;
}

declare module 'virtual:catalogue/app' {
  import type { Catalogue } from 'virtual:catalogue/de';

  const loaders: Readonly<Record<string, () => Promise<{ default: Catalogue }>>>;
  export default loaders;
}

declare module 'virtual:texts/*' {
  const texts: Readonly<Record<string, () => Promise<{ default: Readonly<Record<string, string>> }>>>;
  export default texts;
}
