import { found, type Problem } from "../../documents/shared/problem";

const digest = /@sha256:[0-9a-f]{64}$/;

/**
 * Checks that an image reference names one version: a digest, or a tag that is not `latest`. Without one, what runs
 * changes by itself when a pod moves to another node.
 * @see https://kubernetes.io/docs/concepts/containers/images/
 */
export function imageProblems(path: string, reference: string): Problem[] {
  if (digest.test(reference)) return [];
  const problem = (reason: string): Problem[] => [
    {
      path,
      value: found(reference),
      reason,
      fix: `Write a tag or a digest, for example ${found(`${untagged(reference)}:1.2.3`)}.`,
    },
  ];
  if (reference.includes("@")) return problem("has a digest that is not 64 hexadecimal digits of SHA-256");
  // A colon before the last slash is that of the registry's port.
  const [, tag] = reference.slice(reference.lastIndexOf("/") + 1).split(":");
  if (tag === undefined || tag === "") return problem("has no tag");
  return tag === "latest" ? problem('has the tag "latest", which moves') : [];
}

/** The reference without its tag and its digest. */
function untagged(reference: string): string {
  const name = reference.replace(/@.*$/s, "").replace(/:[^/]*$/, "");
  return name === "" ? "registry.example.com/image" : name;
}

/** Checks that an image reference has a digest: a registry may give a tag to another image. */
export function digestProblems(path: string, reference: string): Problem[] {
  if (digest.test(reference)) return [];
  return [
    {
      path,
      value: found(reference),
      reason: "has no digest",
      fix: `Write its digest, ${found(`${untagged(reference)}@sha256:`)} and 64 hexadecimal digits.`,
    },
  ];
}

const label = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const port = ":[0-9]{1,5}";
// A single label without a port would be a path at Docker Hub.
const host = `(?:(?:${label}\\.)+${label}|\\[[0-9A-Fa-f:.]+\\]|localhost|${label}(?=:))(?:${port})?`;
const pathPart = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const registryPattern = new RegExp(`^${host}(?:/${pathPart})*$`);

/**
 * Checks what stands before the names of images instead of their own registry.
 * @see https://pkg.go.dev/github.com/distribution/reference
 */
export function registryProblems(path: string, registry: string): Problem[] {
  if (registryPattern.test(registry)) return [];
  const plain = registry.replace(/^[a-z]+:\/\//i, "").replace(/\/+$/, "");
  const meant = registryPattern.test(plain) ? plain : "registry.example.com/mirror";
  return [
    {
      path,
      // Before the @ may be a password.
      value: registry.includes("@") ? "text with an @" : found(registry),
      reason: "cannot be the beginning of an image reference",
      fix: `Write a host with a dot or a port, and a path if there is one, without scheme or slash at the end: for example ${found(meant)}.`,
    },
  ];
}
