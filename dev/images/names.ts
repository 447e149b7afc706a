import { resolveImages } from "../../components/shared/images";

/** The release set of Ory whose images the embedded node holds, and which the stack `dev` runs. */
export const release = "v1.3";

const { kratos, oathkeeper, oathkeeperMaester, postgres, nginx, busybox, vmagent, victoriaMetrics } =
  resolveImages(release).references;

/**
 * The full references of the images that the embedded node holds.
 *
 * What the product deploys is named by the product; only the login UI is a stand-in, as Ory's is on no registry that
 * the machine may reach.
 */
export const names = {
  kratos,
  oathkeeper,
  oathkeeperMaester,
  postgres,
  nginx,
  busybox,
  vmagent,
  victoriaMetrics,
  loginUiStandIn: "portcullis.local/login-ui-stand-in:0.1.0",
  node: "docker.io/library/node:24.21.0-bookworm-slim",
  traefik: "docker.io/library/traefik:v3.6.12",
  pause: "registry.k8s.io/pause:3.10",
} as const;
