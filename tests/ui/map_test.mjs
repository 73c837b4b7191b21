import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { assertAccessible } from './harness.mjs';
import { inkOf, readPng } from './png.mjs';

/** A subnet of many interfaces: a few that many talk to, pairs beside, the Internet. */
function largeMap(count) {
  const node = (id, kind, label, bytes) => ({ id, parent: kind === 'internet' ? null : 'subnet-1', label, kind, bytes, rejects: bytes % 7, owner: id === 'eni-1' ? { instance: 'i-0abc', name: '<b>gateway</b>' } : null, canExpand: kind !== 'internet' });
  const bytes = (index) => Math.round(5e9 / (index + 1));
  const nodes = [node('internet', 'internet', 'Internet', 9e9)];
  for (let index = 1; index < count; index += 1) nodes.push(node(`eni-${index}`, 'interface', `10.20.${index >> 8}.${index & 255}`, bytes(index)));
  const edges = [];
  for (let index = 1; index < count; index += 1) {
    edges.push({ from: `eni-${index}`, to: `eni-${1 + (index % 12)}`, bytes: bytes(index), flows: 20, rejects: 0 });
    if (index % 5 === 0) edges.push({ from: 'internet', to: `eni-${index}`, bytes: bytes(index), flows: 10, rejects: index % 10 });
  }
  return { grouping: 'vpc', isGuessed: false, nodes, edges, omitted: { nodes: 0, edges: 0 }, isPartial: true, emptyBecause: [] };
}

export const tests = [
  ['the way down from VPCs to hosts, and back', async (screen) => {
    await screen.open('/map');
    await screen.page.waitForSelector('.map-canvas canvas[data-labels]');
    await screen.page.locator('.map-side button', { hasText: 'vpc-' }).click();
    await screen.has('.map-side h3', 'VPC');
    await screen.page.getByRole('button', { name: 'Open' }).click();
    await screen.page.locator('.map-side button', { hasText: 'subnet-' }).first().waitFor();
    await screen.settled();
    assert.ok(Number(await screen.page.locator('.map-canvas').getAttribute('data-nodes')) >= 5);
    await screen.page.locator('.map-side button', { hasText: 'subnet-' }).first().click();
    await screen.page.getByRole('button', { name: 'Open' }).click();
    const interfaceOfSubnet = screen.page.locator('.map-side button[title^="Interface 10.20."]').first();
    await interfaceOfSubnet.click();
    await screen.has('.map-side h3', 'Interface');
    await screen.has('.map-side .node-name', 'eni-');
    const name = await screen.text('.map-side .node-name');
    await screen.page.reload();
    await screen.has('.map-side .node-name', name);
    await screen.page.getByRole('button', { name: 'Open' }).click();
    await screen.page.locator('.map-side button[title^="Service"]').first().waitFor();
    await screen.page.goBack();
    await screen.has('.map-side .node-name', name); // back to what was chosen
    await screen.page.locator('.map-side').getByRole('link', { name: 'Records' }).click();
    await screen.has('h1', 'Flows');
    assert.match(screen.parameters().filter, /^interface_id = "eni-[0-9a-f]+"$/);
    await screen.page.goBack();
    await screen.page.getByRole('button', { name: 'All VPCs' }).click();
    await screen.page.locator('.map-side button', { hasText: 'vpc-' }).waitFor();
  }],
  ['a thousand nodes stay readable', async (screen, { packages }) => {
    await screen.page.route('**/api/v1/map?*', (route) => route.fulfill({ json: largeMap(1000) }));
    screen.page.setDefaultTimeout(60_000); // arranging a thousand takes seconds of a busy machine
    await screen.open('/map', { nodes: '1000' });
    await screen.page.locator('.map-canvas[data-nodes="1000"] canvas[data-labels]').waitFor();
    const canvas = screen.page.locator('.map-canvas canvas');
    const { nodes, labels } = await canvas.evaluate((element) => element.weirMap);
    const box = await canvas.boundingBox();
    for (const { position: [x, y], id } of nodes) assert.ok(x >= 0 && y >= 0 && x <= box.width && y <= box.height, `${id} is outside of the picture`);
    let covered = 0;
    for (const [index, a] of nodes.entries()) {
      if (nodes.some((b, other) => other !== index && Math.hypot(a.position[0] - b.position[0], a.position[1] - b.position[1]) < Math.max(a.radius, b.radius))) covered += 1;
    }
    assert.ok(covered < 20, `${covered} nodes lie over others`);
    assert.ok(labels.length >= 40, `${labels.length} labels`);
    for (const a of labels) {
      for (const b of labels) {
        assert.ok(a === b || a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y, `${a.id} and ${b.id} lie over each other`);
      }
    }
    // Who moves most is named, and can be chosen in the picture.
    assert.ok(labels.some(({ id }) => id === 'internet') && labels.some(({ id }) => id === 'eni-1'), JSON.stringify(labels.map(({ id }) => id)));
    const wanted = nodes.find(({ id }) => id === 'eni-1');
    await screen.page.mouse.click(box.x + wanted.position[0], box.y + wanted.position[1]);
    await screen.has('.map-side .node-name', 'eni-1');
    await screen.has('.map-side h3', 'Connected with');
    await screen.has('.map-owner', 'instance i-0abc, name <b>gateway</b>');
    await assertAccessible(screen, packages);
  }],
  ['the picture can be taken away', async (screen) => {
    await screen.open('/map', { path: 'vpc-04dffd01628bfe784' });
    const canvas = screen.page.locator('.map-canvas canvas[data-labels]');
    await canvas.waitFor();
    const box = await canvas.boundingBox();
    await screen.page.getByRole('button', { name: /^Export/ }).click();
    const [file] = await Promise.all([screen.page.waitForEvent('download'), screen.page.getByRole('button', { name: 'PNG' }).click()]);
    const picture = readPng(readFileSync(await file.path()));
    assert.deepEqual([picture.width, picture.height], [Math.round(box.width), Math.round(box.height)]);
    const ink = inkOf(picture);
    assert.ok(ink.colors >= 3 && ink.ground < 0.995, `the picture shows next to nothing: ${JSON.stringify(ink)}`);
    assert.equal(picture.data[3], 255, 'the ground is not transparent');
  }],
  ['the picture moves, zooms and can be chosen from', async (screen) => {
    await screen.open('/map');
    const canvas = screen.page.locator('.map-canvas canvas[data-labels]');
    await canvas.waitFor();
    const box = await canvas.boundingBox();
    const hash = () => canvas.evaluate((element) => element.toDataURL());
    const before = await hash();
    await screen.page.mouse.move(box.x + 100, box.y + 100);
    await screen.page.mouse.wheel(0, -300);
    await screen.page.waitForFunction((old) => document.querySelector('.map-canvas canvas').toDataURL() !== old, before);
    await canvas.focus();
    await screen.page.keyboard.press('0');
    await screen.page.waitForFunction((old) => document.querySelector('.map-canvas canvas').toDataURL() === old, before);
  }],
];
