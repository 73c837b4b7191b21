// Tables as files. A cell that a spreadsheet would take for a formula is made text by an apostrophe.

export type Cell = string | number | boolean | null | undefined;

export interface ExportTable {
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}

function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell);
  const isNumber = /^[+-]?\d+(\.\d+)?$/.test(cell);
  const harmless = !isNumber && /^[\s]*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n;]|^\s|\s$|^'/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export function toCsv(table: ExportTable): string {
  return [table.columns, ...table.rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n';
}

export function toJson(table: ExportTable): string {
  const rows = table.rows.map((row) =>
    Object.fromEntries(table.columns.map((column, index) => [column, row[index] ?? null])));
  return `${JSON.stringify(rows, null, 1)}\n`;
}

/** A word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function fileName(what: string, extension: string, nowMs: number): string {
  const stem = what.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60) || 'export';
  return `weir-${stem}-${new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '')}.${extension}`;
}

export function download(name: string, content: Blob | string, type = 'text/plain'): void {
  const address = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type }) : content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
