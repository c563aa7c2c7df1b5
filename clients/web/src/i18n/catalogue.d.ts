declare module 'virtual:catalogue/*' {
  type Field = {
    readonly label: string;
    readonly kind: string;
    readonly item?: string;
    readonly codes?: Readonly<Record<string, string>>;
    readonly members?: Readonly<Record<string, Field>>;
  };
  const catalogue: {
    readonly types: Readonly<Record<string, { label: string; fields: Readonly<Record<string, Field>> }>>;
    readonly reasons: Readonly<Record<string, string>>;
  };

  export type { Field };
  export default catalogue;
}

declare module 'virtual:texts/*' {
  const texts: Readonly<Record<string, () => Promise<{ default: Readonly<Record<string, string>> }>>>;
  export default texts;
}
