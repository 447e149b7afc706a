export interface DocumentOptions {
  /**
   * Where it writes.
   * @default "/tmp"
   */
  readonly folder?: string;
  /** @default 1 */
  readonly workers?: number;
  /**
   * Whether it runs scripts.
   * @default false
   * @see https://nginx.org/en/docs/njs/
   */
  readonly modules?: boolean;
  /** Further directives of the main context. */
  readonly main?: string;
}

/** Command of a container: the log goes to stderr from the first line on, whatever the image was built with. */
export function nginxCommand(configFile: string): string[] {
  return ["nginx", "-e", "stderr", "-c", configFile];
}

/**
 * The main configuration around what an nginx is there for: it writes only below `/tmp`, as its read-only root asks for.
 *
 * @param http what stands in the context `http`, indented and ended by a newline
 * @see https://nginx.org/en/docs/ngx_core_module.html
 */
export function nginxDocument(
  workerConnections: number,
  http: string,
  { folder = "/tmp", workers = 1, modules = false, main = "" }: DocumentOptions = {},
): string {
  return `${modules ? `load_module ${scriptModuleFile};\n` : ""}daemon off;
pcre_jit on;
worker_processes ${workers};
pid ${folder}/nginx.pid;
error_log stderr warn;
${main}
events {
  worker_connections ${workerConnections};
}

http {
  client_body_temp_path ${folder}/client_body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server_tokens off;
${http}}
`;
}

/** Where the official image and Debian have it. */
const scriptModuleFile = "/usr/lib/nginx/modules/ngx_http_js_module.so";

/**
 * Makes scripts known, in the context `http`.
 * @param files of the folder, by the names that they get
 */
export function scriptModules(folder: string, files: Readonly<Record<string, string>>): string {
  const imports = Object.entries(files).map(([name, file]) => `  js_import ${name} from ${file};\n`);
  return `  js_engine qjs;
  js_path ${folder};
${imports.join("")}`;
}
