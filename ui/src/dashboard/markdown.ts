import { lexer, type Token, type Tokens } from 'marked';

// Markdown as a tree of what is allowed. HTML within it is shown as the text it is.
export type MarkdownNode = string | MarkdownElement;
export interface MarkdownElement {
  tag:
    | 'h1'
    | 'h2'
    | 'h3'
    | 'h4'
    | 'h5'
    | 'h6'
    | 'p'
    | 'ul'
    | 'ol'
    | 'li'
    | 'strong'
    | 'em'
    | 'del'
    | 'code'
    | 'pre'
    | 'blockquote'
    | 'a'
    | 'hr'
    | 'br'
    | 'table'
    | 'thead'
    | 'tbody'
    | 'tr'
    | 'th'
    | 'td';
  href?: string;
  isButton?: boolean;
  isPrimary?: boolean;
  align?: 'left' | 'center' | 'right';
  start?: number;
  children: MarkdownNode[];
}

const LONGEST_TEXT = 100_000;

// Links go to the web, to a mailbox, or stay in this application.
export function safeAddress(address: string): string | undefined {
  const clean = address.trim();
  // Control characters and blanks are skipped by browsers when they look for a scheme.
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(clean.replace(/[\u0000-\u0020]/g, ''));
  if (scheme) {
    return ['http', 'https', 'mailto'].includes((scheme[1] ?? '').toLowerCase()) ? clean : undefined;
  }
  return clean.startsWith('//') || clean.startsWith('\\') || clean.startsWith('/\\') ? undefined : clean;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', '#39': "'" };

function withoutEntities(text: string): string {
  return text.replace(/&(#39|[a-z]+);/g, (whole, name: string) => ENTITIES[name] ?? whole);
}

function linkOf(token: Tokens.Link): MarkdownNode[] {
  const href = safeAddress(token.href);
  let children = treeOf(token.tokens);
  // CloudWatch's own form: [button:Text](address), [button:primary:Text](address)
  const first = children[0];
  const button = typeof first === 'string' ? /^button:(primary:)?/.exec(first) : null;
  if (button && typeof first === 'string') {
    children = [first.slice(button[0].length), ...children.slice(1)];
  }
  if (href === undefined) {
    return children;
  }
  const link: MarkdownElement = { tag: 'a', href, children };
  if (button) {
    link.isButton = true;
    link.isPrimary = button[1] !== undefined;
  }
  return [link];
}

function tableOf(token: Tokens.Table): MarkdownElement {
  const cell = (tag: 'th' | 'td', item: Tokens.TableCell): MarkdownElement => ({
    tag,
    ...(item.align ? { align: item.align } : {}),
    children: treeOf(item.tokens),
  });
  return {
    tag: 'table',
    children: [
      { tag: 'thead', children: [{ tag: 'tr', children: token.header.map((item) => cell('th', item)) }] },
      { tag: 'tbody', children: token.rows.map((row) => ({ tag: 'tr', children: row.map((item) => cell('td', item)) })) },
    ],
  };
}

function listOf(token: Tokens.List): MarkdownElement {
  const list: MarkdownElement = {
    tag: token.ordered ? 'ol' : 'ul',
    children: token.items.map((item) => ({
      tag: 'li',
      children: [...(item.task ? [item.checked ? '☑ ' : '☐ '] : []), ...treeOf(item.tokens)],
    })),
  };
  if (token.ordered && typeof token.start === 'number' && token.start !== 1) {
    list.start = token.start;
  }
  return list;
}

function nodesOf(token: Token): MarkdownNode[] {
  const inner = (): MarkdownNode[] => treeOf((token as Tokens.Generic).tokens ?? []);
  switch (token.type) {
    case 'heading':
      return [{ tag: `h${Math.min(6, Math.max(1, (token as Tokens.Heading).depth))}` as MarkdownElement['tag'], children: inner() }];
    case 'paragraph':
      return [{ tag: 'p', children: inner() }];
    case 'strong':
    case 'em':
    case 'del':
    case 'blockquote':
      return [{ tag: token.type, children: inner() }];
    case 'codespan':
      return [{ tag: 'code', children: [(token as Tokens.Codespan).text] }];
    case 'code':
      return [{ tag: 'pre', children: [{ tag: 'code', children: [(token as Tokens.Code).text] }] }];
    case 'hr':
    case 'br':
      return [{ tag: token.type, children: [] }];
    case 'list':
      return [listOf(token as Tokens.List)];
    case 'table':
      return [tableOf(token as Tokens.Table)];
    case 'link':
      return linkOf(token as Tokens.Link);
    case 'image': {
      // Nothing is fetched from elsewhere: a picture becomes a link to it.
      const image = token as Tokens.Image;
      const href = safeAddress(image.href);
      const text = image.text === '' ? image.href : image.text;
      return href === undefined ? [text] : [{ tag: 'a', href, children: [text] }];
    }
    case 'text': {
      const text = token as Tokens.Text;
      return text.tokens ? treeOf(text.tokens) : [withoutEntities(text.text)];
    }
    case 'escape':
      return [(token as Tokens.Escape).text];
    case 'space':
    case 'def':
      return [];
    default:
      return [token.raw]; // HTML, and whatever the parser may learn later
  }
}

function treeOf(tokens: readonly Token[]): MarkdownNode[] {
  return tokens.flatMap(nodesOf);
}

export function readMarkdown(text: string): MarkdownNode[] {
  return treeOf(lexer(text.slice(0, LONGEST_TEXT), { gfm: true, breaks: false }));
}
