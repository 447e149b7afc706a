/**
 * Data with parts that may be missing, because they are known only later or could not be read. Missing parts are reported
 * elsewhere, so checks ignore them.
 */
export type Partly<T> = T extends readonly (infer Item)[]
  ? readonly Partly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Partly<T[Key]> | undefined }
    : T;
