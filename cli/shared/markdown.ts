/** A cell of a table. What it quotes must remain text, and must not mention anybody. */
export function tableCell(text: string): string {
  const escaped = text.trim().replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("|", "&#124;");
  return escaped.replaceAll("@", "&#64;").replaceAll("\n", "<br>");
}
