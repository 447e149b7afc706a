import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1";
import { Config } from "@pulumi/pulumi";

const config = new Config();
const group = config.require("group");

if (config.requireBoolean("define")) {
  new CustomResourceDefinition("definition", {
    metadata: { name: `doors.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: "Door", plural: "doors", singular: "door" },
      versions: [
        { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
      ],
    },
  });
}
new CustomResource("door", { apiVersion: `${group}/v1`, kind: "Door", metadata: { name: "engine-door" } });
