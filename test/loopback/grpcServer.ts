import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Upstream } from "./servers";

/**
 * Starts a gRPC server beside the upstream of the other tests; it ends with them.
 * @returns its address
 */
export async function startGrpc(
  port: number,
  { certificate = false }: { readonly certificate?: boolean } = {},
): Promise<string> {
  const [host = ""] = Upstream.address.split(":");
  const file = (ending: string) => join(process.env["LOOPBACK_ROOT"] ?? "", `upstream.example.com.${ending}`);
  const files = certificate ? [file("crt"), file("key")] : [];
  const program = join(__dirname, "../grpc/server.mjs");
  const server = spawn(process.execPath, [program, host, String(port), ...files], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(server.stdout, "data");
  server.unref();
  return `${host}:${port}`;
}
