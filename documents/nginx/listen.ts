import { posix } from "node:path";
import { nginxCommand } from "./document";
import type { ErrorLogCommands } from "./errorLog";

/** The file that says how a port listens on the pod's IPv6 addresses, if the pod has any. */
function fileOf(port: number | string): string {
  return `/tmp/ipv6-${port}.conf`;
}

/** The backlog of busy ports: how many connections may wait to be accepted. */
export const backlog = " backlog=1024";

/**
 * Listens on all addresses of a pod, of both families after {@link findIpv6} has run: nginx would stop at a socket of a
 * family that the kernel lacks.
 */
export function listen(port: number, options = ""): string {
  const { dir, name, ext } = posix.parse(fileOf(port));
  return `listen ${port}${options};\n    include ${dir}/${name}*${ext};`;
}

/** A shell command that finds out, before nginx starts, whether its ports also listen on IPv6. */
export function findIpv6(ports: readonly number[]): string {
  const files = ports.map((port) => fileOf(port)).join(" ");
  const each = `for port in ${ports.join(" ")}; do echo "listen [::]:$port${backlog};" >${fileOf("$port")}; done`;
  return `rm -f ${files}; if { read -r _ </proc/net/if_inet6; } 2>/dev/null; then ${each}; fi`;
}

/**
 * A command that starts nginx with these ports, also on IPv6 if the pod has it.
 *
 * @param errors passes its error log on; by default the log goes to the container's unchanged
 */
export function nginxOnBoth(
  ports: readonly number[],
  configFile: string,
  errors?: ErrorLogCommands,
): string[] {
  const nginx = `exec ${nginxCommand(configFile).join(" ")}`;
  const start = errors ? `${errors.prepare}; ${errors.pass} ${nginx} ${errors.redirect}` : nginx;
  return ["sh", "-c", `${findIpv6(ports)}; ${start}`];
}
