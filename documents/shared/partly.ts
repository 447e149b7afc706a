/**
 * Data of which a part may be missing: it is known only later, or it could not be read. Whatever is missing is told
 * elsewhere, so a check says nothing of it.
 */
export type Partly<T> = T extends readonly (infer Item)[]
  ? readonly Partly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Partly<T[Key]> | undefined }
    : T;
