import { Secret } from "@pulumi/kubernetes/core/v1";
import { Config } from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";

const config = new Config();
const password = new RandomPassword("password", { length: 32, special: false });

new Secret("credentials", {
  metadata: { name: "credentials", namespace: config.require("namespace") },
  stringData: {
    configured: config.requireSecret("configured"),
    generated: password.result,
    // Not marked by the program: what a Secret holds is secret all the same.
    unmarked: config.require("unmarked").split("").reverse().join(""),
  },
});

export const generated = password.result;
