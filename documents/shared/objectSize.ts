/** How much of one text an object can have: the API server takes up to 1.5 MiB, and a ConfigMap has up to 1 MiB of data. */
export const maxObjectText = 1_000_000;
