import {
  ComponentResource,
  output,
  unknown,
  type ComponentResourceOptions,
  type Output,
} from "@pulumi/pulumi";
import { ProtectedService, type ProtectedServiceArgs } from "../components/protectedService";
import { tokens } from "./schema";

/** A service for programs in any language. */
export class Service extends ComponentResource {
  readonly outputs: { readonly url: Output<string> };

  /** @param args absent in a preview that does not know the gateway yet */
  constructor(name: string, args: ProtectedServiceArgs | undefined, opts: ComponentResourceOptions) {
    super(tokens.service, name, {}, opts);
    const url = args
      ? new ProtectedService(name, args, { parent: this }).url
      : (unknown as unknown as string);
    this.outputs = { url: output(url) };
    this.registerOutputs(this.outputs);
  }
}
