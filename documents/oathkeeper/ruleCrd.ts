/** A handler and its configuration, which differs by handler and is passed on unchecked. */
function handler(description: string) {
  return {
    description,
    type: "object",
    required: ["handler"],
    properties: {
      handler: { type: "string", description: "Name of the handler." },
      config: {
        type: "object",
        description: "Settings of the handler that differ from the proxy's own.",
        "x-kubernetes-preserve-unknown-fields": true,
      },
    },
  };
}

const specSchema = {
  type: "object",
  description: "What the rule matches and what then happens to the request.",
  required: ["match"],
  properties: {
    match: {
      type: "object",
      description: "The requests this rule is responsible for.",
      required: ["methods", "url"],
      properties: {
        methods: {
          type: "array",
          description: "HTTP methods; a method in no rule is not found.",
          items: { type: "string" },
        },
        url: {
          type: "string",
          description:
            "Pattern of scheme, host and path. Text between < and > follows the proxy's matching strategy.",
        },
      },
    },
    upstream: {
      type: "object",
      description: "Where a permitted request goes.",
      required: ["url"],
      properties: {
        url: {
          type: "string",
          description: "Base URL of the service behind the proxy.",
          minLength: 3,
          maxLength: 256,
          pattern: "^(?:https?:\\/\\/)?(?:[^@\\/\\n]+@)?(?:www\\.)?([^:\\/\\n]+)",
        },
        stripPath: { type: "string", description: "Path prefix taken off before the request goes on." },
        preserveHost: {
          type: "boolean",
          description: "Whether the service sees the host the client asked for instead of its own.",
        },
      },
    },
    authenticators: {
      type: "array",
      description: "Who is asking: the first handler that feels responsible decides.",
      items: handler("Finds out who sent the request."),
    },
    authorizer: handler("Decides whether that subject may send it."),
    mutators: {
      type: "array",
      description: "Changes to the request before it goes on, in this order.",
      items: handler("Changes the request, for example by adding identity headers."),
    },
    errors: {
      type: "array",
      description: "Answers to refused requests; without any the proxy's own fallback answers.",
      items: handler("Answers a refused request."),
    },
  },
};

const statusSchema = {
  type: "object",
  description: "What the operator found out about the rule.",
  properties: {
    validation: {
      type: "object",
      description: "Whether the operator passes the rule on to the proxy.",
      properties: {
        valid: { type: "boolean", description: "False keeps the rule out of the proxy." },
        validationError: { type: "string", description: "Why the rule is not valid." },
      },
    },
  },
};

/**
 * The custom resource definition `rules.oathkeeper.ory.sh`, field by field as Maester reads it, without `configMapName`: a
 * Rule with that field would replace the list of all others. It has no status subresource on purpose, because Maester
 * writes the status with an ordinary update.
 * @see https://github.com/ory/oathkeeper-maester
 */
export const ruleCrd = {
  metadata: { name: "rules.oathkeeper.ory.sh" },
  spec: {
    group: "oathkeeper.ory.sh",
    scope: "Namespaced",
    names: { kind: "Rule", listKind: "RuleList", plural: "rules", singular: "rule" },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            description: "An access rule of the proxy.",
            properties: {
              apiVersion: { type: "string", description: "Group and version of this representation." },
              kind: { type: "string", description: "Rule." },
              metadata: { type: "object" },
              spec: specSchema,
              status: statusSchema,
            },
          },
        },
      },
    ],
  },
};
