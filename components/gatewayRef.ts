import type { Input } from "@pulumi/pulumi";
import type { RouteArgs, TlsArgs } from "./shared/route";

/** What a {@link ProtectedService} has to know of its gateway. It is data and holds no secret. */
export interface GatewayRef {
  /** Raised when a field changes its meaning. */
  readonly version: 1;
  /** Zone of all protected hosts, with the port browsers use where it is not the scheme's own. */
  readonly domain: string;
  readonly namespace: Input<string>;
  /** Name of the proxy's Service in that namespace. */
  readonly proxyService: Input<string>;
  readonly route: Pick<RouteArgs, "className" | "annotations">;
  readonly tls: TlsArgs;
}
