import assert from "node:assert/strict";

/** The first code block of this language on a page. */
export function blockOf(language: string, page: string): string {
  const [, block] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  assert.ok(block !== undefined, language);
  return block;
}
