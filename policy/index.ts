import { PolicyPack } from "@pulumi/policy";
import { policies } from "./registry";

new PolicyPack("portcullis", { policies: [...policies] });
