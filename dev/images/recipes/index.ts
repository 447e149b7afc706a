import type { ImageRecipe } from "../recipe";
import { busyboxImage } from "./busybox";
import { nginxImage } from "./nginx";
import { nodeImage } from "./node";
import { postgresImage } from "./postgres";
import { staticImages } from "./static";

/** Every image that the embedded node needs. */
export const recipes: readonly ImageRecipe[] = [
  busyboxImage,
  nginxImage,
  nodeImage,
  postgresImage,
  ...staticImages,
];
