import type { ImageConfig } from "./archive";

/** How the files of one layer come about. */
export interface LayerRecipe {
  /** Short and unique; part of the layer's place in the cache. */
  readonly name: string;
  /** Everything but the code of this folder that decides what the layer holds. */
  readonly inputs: () => Promise<readonly string[]>;
  /**
   * Puts the layer's files below `root`.
   *
   * @param scratch a folder for what is needed on the way
   */
  readonly fill: (root: string, scratch: string) => Promise<void>;
  /** More than one image stands on this layer, so it is packed once and kept. @default false */
  readonly shared?: boolean;
}

/** How one image comes about, under the name and with the configuration of the real one. */
export interface ImageRecipe {
  /** The full reference that pods name, with registry and tag. */
  readonly name: string;
  /** From the lowest to the topmost. */
  readonly layers: readonly LayerRecipe[];
  readonly config: ImageConfig;
}
