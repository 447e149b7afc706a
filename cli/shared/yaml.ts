import { parseAllDocuments } from "yaml";
import { Failure } from "./failure";
import { readText } from "./outputs";

/**
 * The documents in a file of YAML that a person named.
 *
 * @throws {Failure} when it cannot be read, and with the place of what is no YAML
 */
export async function readYaml(file: string): Promise<readonly unknown[]> {
  const documents = parseAllDocuments(await readText(file));
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error) throw new Failure(`${file} is no YAML: ${error.message.trim()}`);
  return documents.map((one) => one.toJS() as unknown);
}
