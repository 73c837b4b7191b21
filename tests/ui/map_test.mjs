import assert from 'node:assert/strict';

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
    await screen.page.locator('.map-side button', { hasText: '10.20.' }).first().click();
    await screen.page.getByRole('button', { name: 'Open' }).click();
    await screen.page.locator('.map-side button[title^="Service"]').first().waitFor();
    await screen.page.goBack();
    await screen.page.locator('.map-side button', { hasText: '10.20.' }).first().click();
    await screen.page.locator('.map-side').getByRole('link', { name: 'Records' }).click();
    await screen.has('h1', 'Flows');
    assert.match(screen.parameters().filter, /^\(srcaddr = "10\.20\..+" or dstaddr = "10\.20\..+"\)$/);
    await screen.page.goBack();
    await screen.page.getByRole('button', { name: 'All VPCs' }).click();
    await screen.page.locator('.map-side button', { hasText: 'vpc-' }).waitFor();
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
