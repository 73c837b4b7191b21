import { describe, expect, it } from 'vitest';
import { readMarkdown, safeAddress, type MarkdownNode } from './markdown';

function flat(nodes: MarkdownNode[]): string {
  return nodes
    .map((node) =>
      typeof node === 'string' ? node : `<${node.tag}${node.href === undefined ? '' : ` ${node.href}`}>${flat(node.children)}</>`,
    )
    .join('');
}

describe('markdown', () => {
  it('makes headings, lists, tables and code', () => {
    expect(flat(readMarkdown('# Hi *you*\n\n- a\n- `b<c`'))).toBe('<h1>Hi <em>you</></><ul><li>a</><li><code>b<c</></></>');
    expect(flat(readMarkdown('|a|b|\n|-|-|\n|1|2|'))).toBe('<table><thead><tr><th>a</><th>b</></></><tbody><tr><td>1</><td>2</></></></>');
  });

  it('shows HTML as text', () => {
    const text = flat(readMarkdown('<script>alert(1)</script>\n\nx <img src=q onerror=alert(1)> y'));
    expect(text).toContain('<script>alert(1)</script>');
    expect(readMarkdown('<b>x</b>').every((node) => typeof node === 'string' || node.tag === 'p')).toBe(true);
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\tscript:alert(1)',
    ' data:text/html,x',
    'vbscript:x',
    '//evil.example',
    '\\\\evil.example',
  ])('lets %s through as text alone', (address) => expect(safeAddress(address)).toBeUndefined());

  it.each(['https://example.com/a', 'mailto:a@example.com', '/explore?v=1', '#dashboards:name=x'])('links to %s', (address) =>
    expect(safeAddress(address)).toBe(address),
  );

  it('keeps the text of a link that is not safe', () => {
    expect(flat(readMarkdown('[go](javascript:alert(1))'))).toBe('<p>go</>');
  });

  it("reads CloudWatch's buttons", () => {
    const [paragraph] = readMarkdown('[button:primary:Run book](https://example.com)');
    const link = typeof paragraph === 'object' ? paragraph.children[0] : undefined;
    expect(link).toMatchObject({ tag: 'a', isButton: true, isPrimary: true, children: ['Run book'] });
  });

  it('makes pictures links', () => {
    expect(flat(readMarkdown('![map](https://example.com/m.png)'))).toBe('<p><a https://example.com/m.png>map</></>');
  });

  it('reads entities once', () => {
    expect(flat(readMarkdown('a &amp;lt; b'))).toBe('<p>a &lt; b</>');
  });
});
