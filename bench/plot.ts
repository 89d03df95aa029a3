import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Plot } from './section.ts';

/** Draws a plot. */
export const draw = async (
  plot: Omit<Plot, 'svg'>,
  spec: Omit<TopLevelSpec, '$schema'> & Record<string, unknown>,
): Promise<Plot> => {
  const { spec: vega } = compile({
    width: 620,
    height: 360,
    background: 'white',
    config: { font: 'sans-serif', axis: { labelFontSize: 11, titleFontSize: 12 } },
    ...spec,
  } as TopLevelSpec);
  return { ...plot, svg: await new View(parse(vega), { renderer: 'none' }).toSVG() };
};
