import { posix } from "node:path";
import { nginxCommand } from "./document";
import type { ErrorLogCommands } from "./errorLog";

/** Where it is said how a port listens on the pod's IPv6 addresses, if it has any. */
function fileOf(port: number | string): string {
  return `/tmp/ipv6-${port}.conf`;
}

/** How many connections may wait to be taken where many come. */
export const backlog = " backlog=1024";

/**
 * Listens on all addresses of a pod, of both families once {@link findIpv6} has run: a socket of a family that the kernel
 * lacks would stop nginx.
 */
export function listen(port: number, options = ""): string {
  const { dir, name, ext } = posix.parse(fileOf(port));
  return `listen ${port}${options};\n    include ${dir}/${name}*${ext};`;
}

/** A command of the shell that finds out, before nginx starts, whether its ports listen on IPv6 too. */
export function findIpv6(ports: readonly number[]): string {
  const files = ports.map((port) => fileOf(port)).join(" ");
  const each = `for port in ${ports.join(" ")}; do echo "listen [::]:$port${backlog};" >${fileOf("$port")}; done`;
  return `rm -f ${files}; if { read -r _ </proc/net/if_inet6; } 2>/dev/null; then ${each}; fi`;
}

/**
 * A command that starts nginx with these ports on IPv6 too, where the pod has it.
 *
 * @param errors what passes its error log on; by default it is the container's, as it is
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
