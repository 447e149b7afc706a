import { found, type Problem } from "../shared/problem";
import { enabledHandlers } from "./config";

type HandlerKind = keyof typeof enabledHandlers;

/**
 * Handlers in a Rule's user-modified `spec` that the proxy does not have. The operator would keep such a Rule out of the
 * proxy, and a run would wait for it in vain.
 *
 * @param path of the `spec`, as the user wrote it
 */
export function unknownHandlerProblems(path: string, spec: unknown): Problem[] {
  const { authenticators, authorizer, mutators } = (spec ?? {}) as Readonly<Record<string, unknown>>;
  return [
    ...each("authenticators", `${path}.authenticators`, authenticators),
    ...(authorizer === undefined ? [] : ofKind("authorizers", `${path}.authorizer`, authorizer)),
    ...each("mutators", `${path}.mutators`, mutators),
  ];
}

function each(kind: HandlerKind, path: string, handlers: unknown): Problem[] {
  if (!Array.isArray(handlers)) return [];
  return handlers.flatMap((one: unknown, index) => ofKind(kind, `${path}[${index}]`, one));
}

function ofKind(kind: HandlerKind, path: string, given: unknown): Problem[] {
  const { handler } = (given ?? {}) as { readonly handler?: unknown };
  const known: readonly unknown[] = enabledHandlers[kind];
  if (known.includes(handler)) return [];
  const fix = `Take one of ${known.join(", ")}.`;
  return [{ path: `${path}.handler`, value: found(handler), reason: "is not known to the proxy", fix }];
}
