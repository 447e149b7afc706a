import { parseAllDocuments } from "yaml";
import { Failure } from "./failure";
import { readText } from "./outputs";

/**
 * The documents in a YAML file that the user named.
 *
 * @throws {Failure} when it cannot be read, or with the position of an error when it is no YAML
 */
export async function readYaml(file: string): Promise<readonly unknown[]> {
  const documents = parseAllDocuments(await readText(file));
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error) throw new Failure(`${file} is not valid YAML: ${error.message.trim()}`);
  return documents.map((one) => one.toJS() as unknown);
}
