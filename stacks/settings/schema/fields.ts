import { z } from "zod";
import type { Patch } from "../../../components/shared/patch";
import type { NonEmpty } from "../../../documents/shared/nonEmpty";
import { furtherMethods, usualMethods } from "../../../documents/oathkeeper/ruleSpec";

/**
 * What a field's `.meta` says about it. The editors' schema, `Pulumi.yaml` and the tables of docs/stack.md are written
 * from it.
 */
export interface Words {
  readonly description: string;
  /** What leaving the field out means, if that is a value. */
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

/** What to write where an object or a list is expected; for an unknown field in it, the report has words of its own. */
export function insteadOf(words: string) {
  return { error: ({ code }: z.core.$ZodRawIssue) => (code === "invalid_type" ? words : undefined) };
}

/** Texts by name. */
export const texts = z.record(z.string(), z.string());
/** The same for labels. */
export const labels = z.record(z.string(), z.string(), insteadOf("Write labels, for example {app: x}."));

/** Forms only: what values mean is checked by the functions that also check a program's arguments. */
export const duration = z.templateLiteral([z.number(), z.enum(["s", "m", "h"])], {
  error: 'Write a number and a unit, for example "24h", "30m" or "5s".',
});

export const count = z.number().meta({ type: "integer", minimum: 1 });
export const port = z.number().meta({ type: "integer", minimum: 1, maximum: 65535 });

const exampleOf = (entries: string) => insteadOf(`Write a list, for example [${entries}].`);

/** A list of texts, with an example of one. */
export function listed(example: string) {
  return z.array(z.string(), exampleOf(example));
}

/** A list with at least one entry; its check reports an empty one. */
export function list<Entry extends z.ZodType>(entry: Entry, example?: string) {
  return z
    .array(entry, example === undefined ? undefined : exampleOf(example))
    .meta({ minItems: 1 })
    .transform((entries) => entries as unknown as NonEmpty<z.output<Entry>>);
}

/** The engine passes JSON, so it holds nothing else. */
export const patch = z
  .record(z.string(), z.unknown(), insteadOf("Write the fields to change, for example {template: {…}}."))
  .transform((value) => value as Patch);

const selector = z
  .strictObject({
    matchLabels: labels.meta({ description: "Labels, all of which must be present." }).exactOptional(),
    matchExpressions: z
      .array(
        z
          .strictObject({
            key: z.string().meta({ description: "Key of a label." }),
            operator: z
              .enum(["In", "NotIn", "Exists", "DoesNotExist"])
              .meta({ description: "How the label is compared.", typeName: "LabelOperator" }),
            values: z
              .array(z.string())
              .meta({ description: "The values, for In and NotIn." })
              .exactOptional(),
          })
          .meta({ typeName: "LabelExpression" }),
      )
      .meta({ description: "Expressions about labels, all of which must match." })
      .exactOptional(),
  })
  // An empty selector selects everything, which has to be explicit: matchLabels: {}.
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
        cidr: z.string().meta({ description: "Block of addresses, for example 10.20.0.0/16." }),
        except: z.array(z.string()).meta({ description: "Blocks inside it to leave out." }).exactOptional(),
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
  emails: listed("alice@example.com")
    .meta({ description: "Individual verified email addresses." })
    .exactOptional(),
  domains: listed("example.com")
    .meta({ description: "Domains of verified email addresses; subdomains are not included." })
    .exactOptional(),
};
