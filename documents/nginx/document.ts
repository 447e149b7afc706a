export interface DocumentOptions {
  /**
   * The folder to which it writes.
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

/** Command of a container: the log goes to stderr from the first line on, however the image was built. */
export function nginxCommand(configFile: string): string[] {
  return ["nginx", "-e", "stderr", "-c", configFile];
}

/**
 * The main configuration of an nginx, around its own part: it writes only below `/tmp`, because its root file system is
 * read-only.
 *
 * @param http the content of the context `http`, indented and ended by a newline
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
# Each connection is a file, and many container runtimes allow 1024 unless more are asked for.
worker_rlimit_nofile ${workerConnections + otherFiles};
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

/** What a worker opens besides connections: logs, and files that it keeps open. */
const otherFiles = 2048;

/** The path in the official image and in Debian. */
const scriptModuleFile = "/usr/lib/nginx/modules/ngx_http_js_module.so";

/**
 * Loads scripts, in the context `http`.
 * @param files the scripts in the folder, by the names that they get
 */
export function scriptModules(folder: string, files: Readonly<Record<string, string>>): string {
  const imports = Object.entries(files).map(([name, file]) => `  js_import ${name} from ${file};\n`);
  return `  js_engine qjs;
  js_path ${folder};
${imports.join("")}`;
}
