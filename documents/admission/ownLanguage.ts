import { text } from "./cel";
import type { Validation } from "./policy";

/**
 * Names of annotations with text of a controller's own language, on an Ingress or on the Service that it leads to.
 * @see https://github.com/haproxytech/kubernetes-ingress/blob/master/documentation/annotations.md
 * @see https://haproxy-ingress.github.io/docs/configuration/keys/
 * @see https://emissary-ingress.dev/docs/3.9/topics/using/intro-mappings/
 */
const ownLanguage =
  "(-snippets?|/route-acl|/(server-alias|redirect-from)-regex" +
  "|^(haproxy-ingress[.]github[.]io|ingress[.]kubernetes[.]io)/config-[a-z-]+|^getambassador[.]io/config)$";

/** Whoever writes a controller's own language has that controller, and every host it serves. */
export function noOwnLanguage(): Validation {
  return {
    expression: `variables.annotations.all(name, !name.matches(${text(ownLanguage)}))`,
    message: "Annotations may not write the ingress controller's own configuration: it serves every host.",
  };
}
