import { text } from "./cel";
import { spec, type Validation } from "./policy";

/**
 * Names of annotations that contain text in a controller's own language, on an Ingress or on its Service.
 * @see https://github.com/haproxytech/kubernetes-ingress/blob/master/documentation/annotations.md
 * @see https://haproxy-ingress.github.io/docs/configuration/keys/
 * @see https://emissary-ingress.dev/docs/3.9/topics/using/intro-mappings/
 */
const ownLanguage =
  "(-snippets?|/route-acl|/(server-alias|redirect-from)-regex" +
  "|^(haproxy-ingress[.]github[.]io|ingress[.]kubernetes[.]io)/config-[a-z-]+|^getambassador[.]io/config)$";

/** Anybody who can write a controller's own language controls that controller, and every host that it serves. */
export function noOwnLanguage(): Validation {
  return {
    expression: `variables.annotations.all(name, !name.matches(${text(ownLanguage)}))`,
    message: mayNotWrite("Annotations"),
  };
}

/** The same of nginx' objects, whose snippets are fields of `spec` or of one of its routes. */
export function noSnippets(): Validation {
  const has = (object: string) =>
    `${object}.exists(field, field.matches('[sS]nippets$') && size(${object}[field]) > 0)`;
  const routes = `['routes', 'subroutes'].exists(name, ${spec}[?name].orValue([]).exists(route, ${has("route")}))`;
  return {
    expression: `!request.resource.group.endsWith('nginx.org') || !(${has(spec)} || ${routes})`,
    message: mayNotWrite("Snippets"),
  };
}

function mayNotWrite(what: string): string {
  return `${what} may not write the ingress controller's own configuration: it serves every host.`;
}
