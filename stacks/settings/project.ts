/** Namespace of this project's keys in a stack's configuration. */
export const PROJECT = "portcullis";
