import ts from "typescript";

/** A change that breaks users of a release: where, and what is different there. */
export interface Breaking {
  /** `Type`, or `Type.member`. */
  readonly place: string;
  readonly change: string;
}

interface Member {
  readonly isRequired: boolean;
}

type Interfaces = ReadonlyMap<string, ReadonlyMap<string, Member>>;

/** Changes that break programs in TypeScript, by the public API reports of the last release and of now. */
export function breakingApi(before: string, now: string): Breaking[] {
  return compared(exported(before), exported(now), (type) => type.endsWith("Args"));
}

/** Changes that break programs in any language, by the package schemas of the last release and of now. */
export function breakingSchema(before: PackageSpec, now: PackageSpec): Breaking[] {
  return [
    ...compared(inputs(before), inputs(now), () => true),
    ...compared(outputs(before), outputs(now), () => false).map((one) => ({
      ...one,
      place: `${one.place} (output)`,
    })),
    ...changedTypes(before, now),
  ];
}

/** The parts of a package schema that are read. */
export interface PackageSpec {
  readonly resources: Readonly<Record<string, ResourceSpec>>;
  readonly types: Readonly<Record<string, TypeSpec>>;
}

interface ResourceSpec {
  readonly inputProperties: Readonly<Record<string, object>>;
  readonly requiredInputs: readonly string[];
  readonly properties: Readonly<Record<string, object>>;
}

interface TypeSpec {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
  readonly enum?: readonly { readonly value: string }[];
}

function compared(before: Interfaces, now: Interfaces, isArgument: (type: string) => boolean): Breaking[] {
  return [...before].flatMap(([type, members]) => {
    const current = now.get(type);
    if (!current) return [{ place: type, change: "is gone" }];
    const old = [...members].flatMap(([name, { isRequired }]) => {
      const member = current.get(name);
      if (!member) return [{ place: `${type}.${name}`, change: "is gone" }];
      const narrower = isArgument(type) && member.isRequired && !isRequired;
      return narrower ? [{ place: `${type}.${name}`, change: "is required now" }] : [];
    });
    const added = [...current].filter(
      ([name, { isRequired }]) => isRequired && isArgument(type) && !members.has(name),
    );
    return [...old, ...added.map(([name]) => ({ place: `${type}.${name}`, change: "is new and required" }))];
  });
}

/** The exports in an API report, with the members of those that have some. */
function exported(report: string): Interfaces {
  const [, code = ""] = /```ts\n([\s\S]*?)\n```/.exec(report.replaceAll("\r\n", "\n")) ?? [];
  const { statements } = ts.createSourceFile("api.ts", code, ts.ScriptTarget.Latest, true);
  const found = new Map<string, ReadonlyMap<string, Member>>();
  for (const statement of statements) {
    if (ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement))
      found.set(statement.name?.text ?? "", membersOf(statement.members));
    else if (ts.isTypeAliasDeclaration(statement) || ts.isFunctionDeclaration(statement))
      found.set(statement.name?.text ?? "", new Map());
    else if (ts.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) found.set(name.getText(), new Map());
  }
  return found;
}

function membersOf(members: ts.NodeArray<ts.TypeElement | ts.ClassElement>): ReadonlyMap<string, Member> {
  return new Map(
    [...members].flatMap((member) => {
      const { name } = member;
      if (!name) return [];
      const isOptional = "questionToken" in member && member.questionToken !== undefined;
      return [[name.getText(), { isRequired: !isOptional }] as const];
    }),
  );
}

function inputs({ resources, types }: PackageSpec): Interfaces {
  return new Map([
    ...Object.entries(resources).map(
      ([token, { inputProperties, requiredInputs }]) =>
        [short(token), fields(inputProperties, requiredInputs)] as const,
    ),
    ...Object.entries(types).map(
      ([token, { properties = {}, required = [] }]) => [short(token), fields(properties, required)] as const,
    ),
  ]);
}

function outputs({ resources }: PackageSpec): Interfaces {
  return new Map(
    Object.entries(resources).map(
      ([token, { properties }]) => [short(token), fields(properties, [])] as const,
    ),
  );
}

function fields(properties: object, required: readonly string[]): ReadonlyMap<string, Member> {
  return new Map(Object.keys(properties).map((name) => [name, { isRequired: required.includes(name) }]));
}

/** Fields whose values now have another type, and words that an enum no longer has. */
function changedTypes(before: PackageSpec, now: PackageSpec): Breaking[] {
  const ofResources = Object.entries(before.resources).flatMap(([token, { inputProperties }]) =>
    otherTypes(token, inputProperties, now.resources[token]?.inputProperties),
  );
  const ofTypes = Object.entries(before.types).flatMap(([token, { enum: words = [], properties = {} }]) => {
    const current = now.types[token];
    const gone = words.filter(({ value }) => current && !current.enum?.some((one) => one.value === value));
    return [
      ...otherTypes(token, properties, current?.properties),
      ...gone.map(({ value }) => ({ place: `${short(token)}.${value}`, change: "is gone" })),
    ];
  });
  return [...ofResources, ...ofTypes];
}

function otherTypes(
  token: string,
  before: Readonly<Record<string, object>>,
  now: Readonly<Record<string, object>> = {},
): Breaking[] {
  return Object.entries(before).flatMap(([name, spec]) => {
    const current = now[name];
    const taken = current && formsOf(current);
    const takesLess = taken && !taken.includes(ANY) && formsOf(spec).some((form) => !taken.includes(form));
    return takesLess ? [{ place: `${short(token)}.${name}`, change: "has another type" }] : [];
  });
}

/** A value of any form. */
const ANY = "pulumi.json#/Any";

interface FormSpec {
  readonly type?: string;
  readonly $ref?: string;
  readonly const?: unknown;
  readonly oneOf?: readonly FormSpec[];
  readonly items?: FormSpec;
  readonly additionalProperties?: FormSpec;
}

/** The forms that a value may have, without words that only people read. */
function formsOf({ additionalProperties, const: constant, items, oneOf, $ref, type }: FormSpec): string[] {
  if (oneOf) return oneOf.flatMap(formsOf);
  if (items) return formsOf(items).map((form) => `list of ${form}`);
  if (additionalProperties) return formsOf(additionalProperties).map((form) => `map of ${form}`);
  return [constant === undefined ? ($ref ?? type ?? "anything") : JSON.stringify(constant)];
}

function short(token: string): string {
  return token.split(":").at(-1) ?? token;
}
