import { z } from "zod";
import type { Patch } from "../../../components/shared/patch";
import type { NonEmpty } from "../../../documents/shared/nonEmpty";
import { furtherMethods, usualMethods } from "../../../documents/oathkeeper/ruleSpec";

/**
 * What a field's `.meta` says of it, from which the editors' schema, `Pulumi.yaml` and the tables of docs/stack.md are
 * written.
 */
export interface Words {
  readonly description: string;
  /** What a left out field means, where that is a value. */
  readonly byDefault?: unknown;
  /** The same in words. */
  readonly absent?: string;
  /** A page, or a heading of docs/stack.md, that says more. */
  readonly more?: string;
  readonly example?: unknown;
  /**
   * Name of an object's or enum's type in other languages.
   * @default the field's name
   */
  readonly typeName?: string;
}

/** What to write where an object or a list is meant; of a field in it that is none, the report has words of its own. */
export function insteadOf(words: string) {
  return { error: ({ code }: z.core.$ZodRawIssue) => (code === "invalid_type" ? words : undefined) };
}

/** Texts by name. */
export const texts = z.record(z.string(), z.string());
/** The same where they are labels. */
export const labels = z.record(z.string(), z.string(), insteadOf("Write labels, for example {app: x}."));

/** Forms only: what values mean is checked by the functions that check a program's arguments too. */
export const duration = z.templateLiteral([z.number(), z.enum(["s", "m", "h"])], {
  error: 'Write a number and a unit, for example "24h", "30m" or "5s".',
});

export const count = z.number().meta({ type: "integer", minimum: 1 });
export const port = z.number().meta({ type: "integer", minimum: 1, maximum: 65535 });

const exampleOf = (entries: string) => insteadOf(`Write a list, for example [${entries}].`);

/** A list of texts, of which one would be this. */
export function listed(example: string) {
  return z.array(z.string(), exampleOf(example));
}

/** A list with at least one entry, which its check says. */
export function list<Entry extends z.ZodType>(entry: Entry, example?: string) {
  return z
    .array(entry, example === undefined ? undefined : exampleOf(example))
    .meta({ minItems: 1 })
    .transform((entries) => entries as unknown as NonEmpty<z.output<Entry>>);
}

/** The engine hands over JSON, so that it holds nothing else. */
export const patch = z
  .record(z.string(), z.unknown(), insteadOf("Write the fields to change, for example {template: {…}}."))
  .transform((value) => value as Patch);

const selector = z
  .strictObject({
    matchLabels: labels.meta({ description: "Labels that all must be there." }).exactOptional(),
    matchExpressions: z
      .array(
        z
          .strictObject({
            key: z.string().meta({ description: "Key of a label." }),
            operator: z
              .enum(["In", "NotIn", "Exists", "DoesNotExist"])
              .meta({ description: "What is asked of its value.", typeName: "LabelOperator" }),
            values: z
              .array(z.string())
              .meta({ description: "The values, for In and NotIn." })
              .exactOptional(),
          })
          .meta({ typeName: "LabelExpression" }),
      )
      .meta({ description: "Expressions about labels that all must hold." })
      .exactOptional(),
  })
  // An empty selector is one of everything, which has to be said: matchLabels: {}.
  .refine(({ matchLabels, matchExpressions }) => (matchLabels ?? matchExpressions) !== undefined, {
    path: ["matchLabels"],
    error: "Write labels, for example {app: x}, or {} for all.",
  })
  .meta({ typeName: "LabelSelector" });

const peerForm = "{namespaceSelector?, podSelector?} or {ipBlock}";
const anyPeer = z.strictObject(
  {
    namespaceSelector: selector.meta({ description: "Namespaces, by their labels." }).exactOptional(),
    podSelector: selector.meta({ description: "Pods, by their labels." }).exactOptional(),
    ipBlock: z
      .strictObject({
        cidr: z.string().meta({ description: "Addresses, for example 10.20.0.0/16." }),
        except: z.array(z.string()).meta({ description: "Blocks of them to leave out." }).exactOptional(),
      })
      .meta({ description: "Addresses instead of pods." })
      .exactOptional(),
  },
  insteadOf(`Write ${peerForm}.`),
);

export const peer = anyPeer.meta({ typeName: "NetworkPolicyPeer" });
export const peerOrBlock = anyPeer.meta({ typeName: "PeerOrBlock" });

export const secretReference = z
  .strictObject({
    secretName: z.string().meta({ description: "Name of a Secret in the gateway's namespace." }),
    key: z.string().meta({ description: "Key in that Secret." }),
  })
  .meta({ typeName: "SecretReference" });

export const method = z.enum([...usualMethods, ...furtherMethods]).meta({ typeName: "Method" });

/** People by their addresses, as `access` and groups list them. */
export const listedPeople = {
  emails: listed("alice@example.com").meta({ description: "Single verified addresses." }).exactOptional(),
  domains: listed("example.com")
    .meta({ description: "Domains of verified addresses, without subdomains." })
    .exactOptional(),
};
