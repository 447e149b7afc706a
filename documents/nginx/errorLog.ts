/** The file of an nginx' error log. It is not passed on unchanged, because a line has the whole request, with its query. */
const file = "/tmp/errors";

/** The script that passes it on. */
export const errorLogScript = "error-log.sh";

/** Shell commands that pass on the error log of an nginx, from before nginx starts. */
export interface ErrorLogCommands {
  /** Makes the file. */
  readonly prepare: string;
  /** Passes it on in the background, and starts again whenever that ends. */
  readonly pass: string;
  /** Redirects the standard error of nginx. */
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
