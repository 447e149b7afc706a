declare const upstreams: {
  /** A pattern of the lengths above the given one. */
  readonly above: (length: number) => string;
};

export default upstreams;
