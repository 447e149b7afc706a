import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1";
import { ConfigMap, Namespace } from "@pulumi/kubernetes/core/v1";
import { Config } from "@pulumi/pulumi";

const name = new Config().require("namespace");
const group = new Config().require("group");

const fixed = new Namespace("fixed", { metadata: { name } });
const autonamed = new Namespace(name);
new ConfigMap("in-fixed", { metadata: { name: "in-fixed", namespace: name } }, { dependsOn: fixed });
new ConfigMap("in-autonamed", { metadata: { name: "in-autonamed", namespace: autonamed.metadata.name } });

const definition = new CustomResourceDefinition("definition", {
  metadata: { name: `gates.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { kind: "Gate", plural: "gates", singular: "gate" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", properties: { open: { type: "boolean" } } } },
          },
        },
      },
    ],
  },
});
new CustomResource(
  "gate",
  {
    apiVersion: `${group}/v1`,
    kind: "Gate",
    metadata: { name: "gate", namespace: name },
    spec: { open: true },
  },
  { dependsOn: [definition, fixed] },
);

export const autonamedNamespace = autonamed.metadata.name;
