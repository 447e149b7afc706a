import { createHash } from "node:crypto";
import ts from "typescript";

/** One small change that makes a program wrong. */
export interface Fault {
  /** Stays the same as long as the surrounding statement does. */
  readonly id: string;
  readonly kind: FaultKind;
  readonly file: string;
  /** Line of the change, counted from 1. */
  readonly line: number;
  /** The original code. */
  readonly before: string;
  /** Its replacement; empty if the code is removed. */
  readonly after: string;
  readonly start: number;
  readonly end: number;
}

export type FaultKind =
  | "property removed"
  | "element removed"
  | "boolean flipped"
  | "number raised"
  | "text changed"
  | "condition negated"
  | "default ignored";

type Change = Omit<Fault, "id" | "file" | "line" | "before">;

/**
 * Every fault that can be put into a file, except where no running program shows it: types, imports, and texts that are
 * written for people (the sentences of problems).
 */
export function faultsOf(file: string, text: string): Fault[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const faults: Fault[] = [];
  const visit = (node: ts.Node): void => {
    if (isInvisible(node)) return;
    for (const change of changesOf(node, source)) {
      const before = text.slice(change.start, change.end);
      const line = source.getLineAndCharacterOfPosition(change.start).line + 1;
      faults.push({ ...change, file, before, line, id: idOf(file, change.kind, before, faults) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return faults;
}

/** Equal faults in one file are distinguished by their order. */
function idOf(file: string, kind: FaultKind, before: string, earlier: readonly Fault[]): string {
  const twins = earlier.filter((fault) => fault.kind === kind && fault.before === before).length;
  return createHash("sha256").update(`${file}|${kind}|${before}|${twins}`).digest("hex").slice(0, 8);
}

/** The properties of a problem are sentences; a test of them would repeat the sentence. */
const sentences = new Set(["reason", "fix", "message", "description", "summary", "error"]);

function isInvisible(node: ts.Node): boolean {
  return (
    ts.isTypeNode(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isImportDeclaration(node) ||
    ts.isExportDeclaration(node) ||
    (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name) && sentences.has(node.name.text)) ||
    (ts.isThrowStatement(node) && node.expression.kind === ts.SyntaxKind.NewExpression)
  );
}

function changesOf(node: ts.Node, source: ts.SourceFile): Change[] {
  const at = (kind: FaultKind, target: ts.Node, after: string): Change => ({
    kind,
    after,
    start: target.getStart(source),
    end: target.getEnd(),
  });
  if (ts.isObjectLiteralExpression(node))
    return node.properties.map((property) => withComma(at("property removed", property, ""), source));
  if (ts.isArrayLiteralExpression(node))
    return node.elements.map((element) => withComma(at("element removed", element, ""), source));
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [at("boolean flipped", node, "false")];
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [at("boolean flipped", node, "true")];
  if (ts.isNumericLiteral(node)) return [at("number raised", node, String(Number(node.text) + 1))];
  if (ts.isStringLiteral(node) && isValue(node))
    return [at("text changed", node, JSON.stringify(`${node.text}x`))];
  if (ts.isIfStatement(node))
    return [at("condition negated", node.expression, `!(${node.expression.getText(source)})`)];
  if (ts.isConditionalExpression(node))
    return [at("condition negated", node.condition, `!(${node.condition.getText(source)})`)];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return [at("default ignored", node, `(${node.right.getText(source)})`)];
  return [];
}

function isValue(node: ts.StringLiteral): boolean {
  const { parent } = node;
  return !(
    ts.isLiteralTypeNode(parent) ||
    ts.isExternalModuleReference(parent) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    ts.isBindingElement(parent)
  );
}

/** Includes the comma after it, so that an element leaves no hole. */
function withComma(change: Change, source: ts.SourceFile): Change {
  const comma = /^\s*,/.exec(source.text.slice(change.end));
  return comma ? { ...change, end: change.end + comma[0].length } : change;
}

/** The file with the fault in it. */
export function withFault(text: string, { start, end, after }: Fault): string {
  return text.slice(0, start) + after + text.slice(end);
}
