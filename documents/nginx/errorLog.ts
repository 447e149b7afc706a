/** Where an nginx writes its error log, which nobody reads as it is: a line has the whole request, with its query. */
const file = "/tmp/errors";

/** What passes it on. */
export const errorLogScript = "error-log.sh";

/** Commands of the shell by which an nginx' error log is passed on, from before it is started. */
export interface ErrorLogCommands {
  /** Makes what it is written to. */
  readonly prepare: string;
  /** Passes it on in the background, begun again whenever that ends. */
  readonly pass: string;
  /** What the nginx' standard error is redirected by. */
  readonly redirect: string;
}

/** @param folder where {@link errorLogScript} is */
export function errorLogCommands(folder: string): ErrorLogCommands {
  return {
    prepare: `rm -f ${file}; mkfifo ${file}`,
    pass: `(while :; do sh ${folder}/${errorLogScript} <${file} >&2; sleep 1; done) &`,
    redirect: `2>${file}`,
  };
}
