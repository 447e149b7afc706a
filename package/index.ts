import { main } from "@pulumi/pulumi/provider";
import { PortcullisProvider } from "./provider";

/** Serves the components to Pulumi's engine, which has started this process. */
export function serve(): void {
  void main(new PortcullisProvider(), process.argv.slice(2));
}
