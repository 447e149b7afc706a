import type { routesOptions } from "../../documents/nginx/routes.js";

/** A rule as the operator writes it. */
export interface WrittenRule {
  readonly id: string;
  readonly match: { readonly url: string; readonly methods: readonly string[] };
  readonly upstream: { readonly url: string; readonly preserve_host?: boolean; readonly strip_path?: string };
  readonly authenticators: readonly { readonly handler: string; readonly config?: object }[];
  readonly authorizer: { readonly handler: string; readonly config?: object };
  readonly mutators: readonly { readonly handler: string; readonly config?: object }[];
}

export interface Built {
  readonly configuration: string;
  readonly rules: string;
  readonly leftOut: Readonly<Record<string, string>>;
}

declare const routes: {
  readonly build: (
    rules: readonly WrittenRule[],
    former: readonly WrittenRule[],
    version: string,
    options: ReturnType<typeof routesOptions>,
    search: readonly string[],
    read: (file: string) => string | undefined,
  ) => Built;
};

export default routes;
