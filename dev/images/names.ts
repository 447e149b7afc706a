import { resolveImages } from "../../components/shared/images";

/** The release set of Ory whose images the embedded node holds, and which the stack `dev` runs. */
export const release = "v1.3";

const { kratos, oathkeeper, oathkeeperMaester, postgres, nginx, busybox, node, vmagent, victoriaMetrics } =
  resolveImages(release).references;

/** The full references of the images that the embedded node holds; what the product deploys is named by the product. */
export const names = {
  kratos,
  oathkeeper,
  oathkeeperMaester,
  postgres,
  nginx,
  busybox,
  vmagent,
  victoriaMetrics,
  node,
  traefik: "docker.io/library/traefik:v3.7.13",
  pause: "registry.k8s.io/pause:3.10",
} as const;
