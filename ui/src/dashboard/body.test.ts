import { describe, expect, it } from 'vitest';
import seed from '../../../tests/ui/eight_widgets.json';
import { parseBody, textOf, withDuplicate, withoutWidget, withPlaces, withWidget, type DashboardBody } from './body';
import { moveTo } from './layout';

function bodyOf(value: unknown): DashboardBody {
  const parsed = parseBody(JSON.stringify(value));
  if ('problem' in parsed) {
    throw new Error(parsed.problem.message);
  }
  return parsed.body;
}

describe('parseBody', () => {
  it("reads a dashboard's eight widgets where they are placed", () => {
    const parsed = parseBody(JSON.stringify(seed));
    expect('body' in parsed && parsed.body.widgets.map((w) => [w.type, w.place.x, w.place.y, w.place.width])).toEqual([
      ['metric', 0, 0, 12],
      ['metric', 12, 0, 12],
      ['metric', 0, 6, 8],
      ['metric', 8, 6, 8],
      ['metric', 16, 6, 8],
      ['log', 0, 12, 24],
      ['log', 0, 18, 12],
      ['log', 12, 18, 12],
    ]);
  });

  it('says where a text stops being JSON', () => {
    const parsed = parseBody('{\n "widgets": [,]\n}');
    expect('problem' in parsed && parsed.problem.line).toBe(2);
  });

  it('refuses JSON that is no object', () => {
    expect('problem' in parseBody('[]')).toBe(true);
  });

  it('keeps unknown keys, and items that are no widgets, through an edit', () => {
    const body = bodyOf({ zebra: 1, widgets: [{ type: 'metric', color: 'x', properties: { odd: [1] } }, 7] });
    expect(body.widgets[1]?.type).toBe('');
    const moved = withPlaces(
      body,
      moveTo(
        body.widgets.map((w) => w.place),
        0,
        { x: 3, y: 1, width: 6, height: 6 },
      ),
    );
    const written = JSON.parse(textOf(moved));
    expect(written.zebra).toBe(1);
    expect(written.widgets[0]).toEqual({ type: 'metric', color: 'x', properties: { odd: [1] }, x: 3, y: 1, width: 6, height: 6 });
    expect(written.widgets[1]).toBe(7);
  });
});

describe('edits', () => {
  const body = bodyOf({ widgets: [{ type: 'text' }, { type: 'metric' }, { type: 'log' }] });

  it('pins what flowed when one widget goes', () => {
    const left = withoutWidget(body, 0);
    expect(left.widgets.map((w) => [w.type, w.place.x])).toEqual([
      ['metric', 6],
      ['log', 12],
    ]);
  });

  it('puts a duplicate below everything', () => {
    const more = withDuplicate(body, 1);
    expect(more.widgets.at(-1)?.type).toBe('metric');
    expect(more.widgets.at(-1)?.place.y).toBe(6);
  });

  it('replaces one widget alone', () => {
    expect(withWidget(body, 1, { type: 'alarm' }).widgets.map((w) => w.type)).toEqual(['text', 'alarm', 'log']);
  });
});
