import { ConfigMap, type ConfigMapArgs } from "@pulumi/kubernetes/core/v1";
import { Config } from "@pulumi/pulumi";

/** ConfigMaps by the name of their resource. */
const objects = new Config().requireObject<Record<string, ConfigMapArgs>>("objects");

for (const [name, manifest] of Object.entries(objects)) new ConfigMap(name, manifest);
