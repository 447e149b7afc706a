/**
 * The main configuration around what an nginx is there for: one process that writes below `/tmp` alone, as its read-only
 * root asks for.
 *
 * @param http what stands in the context `http`, indented and ended by a newline
 * @see https://nginx.org/en/docs/ngx_core_module.html
 */
export function nginxDocument(workerConnections: number, http: string): string {
  return `daemon off;
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;

events {
  worker_connections ${workerConnections};
}

http {
  client_body_temp_path /tmp/client_body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  server_tokens off;
${http}}
`;
}
