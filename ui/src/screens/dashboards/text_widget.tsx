import { createElement, type ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { asText, type JsonObject } from '../../dashboard/json';
import { readMarkdown, type MarkdownNode } from '../../dashboard/markdown';

function drawNode(node: MarkdownNode, key: number): ComponentChildren {
  if (typeof node === 'string') return node;
  const properties: Record<string, unknown> = { key };
  if (node.href !== undefined) {
    properties['href'] = node.href;
    if (!node.href.startsWith('/') && !node.href.startsWith('#')) Object.assign(properties, { target: '_blank', rel: 'noopener noreferrer' });
  }
  if (node.isButton) properties['class'] = `button ${node.isPrimary ? 'primary' : 'plain'}`;
  if (node.align !== undefined) properties['class'] = `align-${node.align}`;
  if (node.start !== undefined) properties['start'] = node.start;
  return createElement(node.tag, properties, ...node.children.map(drawNode));
}

export function TextWidget({ properties }: { properties: JsonObject }) {
  const markdown = asText(properties['markdown']) ?? '';
  const nodes = useMemo(() => readMarkdown(markdown), [markdown]);
  return <div class="markdown">{nodes.map(drawNode)}</div>;
}
