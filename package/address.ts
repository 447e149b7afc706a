/** Where the project is published from: a repository on GitHub. */
export interface Address {
  /** Person or organisation. */
  readonly owner: string;
  readonly name: string;
}

/** What the pages and templates say while `package.json` names no repository. */
export const placeholder: Address = { owner: "ORGANIZATION", name: "portcullis" };

/** `owner/name`, as GitHub and Git's tools write it. */
export function slug({ owner, name }: Address): string {
  return `${owner}/${name}`;
}

/** The address of the page of the repository. */
export function pageOf(address: Address): string {
  return `https://github.com/${slug(address)}`;
}

/** Where a Go program imports the generated SDK from: a folder of the commit that a release tags. */
export function goModuleOf(address: Address): string {
  return `github.com/${slug(address)}/${GO_FOLDER}`;
}

/** The folder of the Go SDK in that commit, and the first part of its tag. */
export const GO_FOLDER = "sdk/go/portcullis";

/** Reads `repository` of a package.json; undefined for anything that is not a repository on GitHub. */
export function addressOf(repository: unknown): Address | undefined {
  const url =
    typeof repository === "object" && repository && "url" in repository ? repository.url : repository;
  if (typeof url !== "string") return undefined;
  const [, owner, name] =
    /^(?:git\+)?https:\/\/github\.com\/([A-Za-z0-9-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(url) ?? [];
  return owner !== undefined && name !== undefined ? { owner, name } : undefined;
}

/** What the package schema says about its origin, for Pulumi's registry and for the SDKs. */
export function publication(address: Address | undefined): object {
  if (!address) return {};
  return {
    publisher: address.owner,
    homepage: pageOf(address),
    repository: pageOf(address),
    // The engine looks in the releases for an archive for its own operating system.
    pluginDownloadURL: `github://api.github.com/${slug(address)}`,
  };
}
