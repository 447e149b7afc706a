/** A cell of a table. What it quotes must stay text, and call nobody. */
export function tableCell(text: string): string {
  const escaped = text.trim().replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("|", "&#124;");
  return escaped.replaceAll("@", "&#64;").replaceAll("\n", "<br>");
}
