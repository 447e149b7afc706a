declare const upstreams: {
  /** A pattern of the lengths above one. */
  readonly above: (length: number) => string;
};

export default upstreams;
