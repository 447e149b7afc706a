declare const rules: {
  readonly publish: (
    files: {
      readonly raw_file: string;
      readonly live_file: string;
      readonly public_folder: string;
      readonly sentinel: string;
    },
    state: {
      readonly get: (key: string) => string | undefined;
      readonly set: (key: string, value: string) => unknown;
    },
  ) => void;
};

export default rules;
