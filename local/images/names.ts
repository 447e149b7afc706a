/** The full references of the images that the embedded node holds. */
export const names = {
  kratos: "docker.io/oryd/kratos:v1.3.1-distroless",
  oathkeeper: "docker.io/oryd/oathkeeper:v0.40.9-distroless",
  maester: "docker.io/oryd/oathkeeper-maester:v0.1.10",
  postgres: "docker.io/library/postgres:17.10",
  nginx: "docker.io/nginxinc/nginx-unprivileged:1.22.1",
  busybox: "docker.io/library/busybox:1.35.0",
  node: "docker.io/library/node:24.21.0-bookworm-slim",
  loginUiStandIn: "portcullis.local/login-ui-stand-in:0.1.0",
  vmagent: "docker.io/victoriametrics/vmagent:v1.148.0",
  victoriaMetrics: "docker.io/victoriametrics/victoria-metrics:v1.148.0",
  traefik: "docker.io/library/traefik:v3.6.12",
  pause: "registry.k8s.io/pause:3.10",
} as const;
