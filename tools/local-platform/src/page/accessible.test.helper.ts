import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Each violation that axe-core finds, with the first element that it is about. */
export async function violationsOf(page: Page, rules: object): Promise<string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe.source);
  const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(rules)})`)) as axe.AxeResults;
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
}

/** Elements that are wider than what they are shown in. */
export function cutOff(page: Page): Promise<string[]> {
  return page.locator('html, main, dialog, .wide, .tools, .log, nav').evaluateAll((elements) =>
    (
      elements as unknown as {
        tagName: string;
        className: string;
        scrollWidth: number;
        clientWidth: number;
      }[]
    )
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(
        ({ tagName, className, scrollWidth, clientWidth }) =>
          `${tagName}.${className} ${scrollWidth} > ${clientWidth}`,
      ),
  );
}
