import { main } from "@pulumi/pulumi/provider";
import { devDependencies } from "../../../package.json";
import { RandomTexts } from "./texts";

const PARENT_CHECK_MS = 1_000;

/** The engine ends its plugins, unless it is killed itself: then this process is handed to another parent. */
const engine = process.ppid;
setInterval(() => {
  if (process.ppid !== engine) process.exit(1);
}, PARENT_CHECK_MS).unref();

void main(new RandomTexts(devDependencies["@pulumi/random"]), process.argv.slice(2));
