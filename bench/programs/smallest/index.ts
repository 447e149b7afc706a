import { Namespace } from "@pulumi/kubernetes/core/v1";

new Namespace("smallest", { metadata: { name: "smallest" } });
