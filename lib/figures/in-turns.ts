import type { PlotData } from "plotly.js";

/** A group of points that is drawn alike and stands in the legend once. */
export interface PointGroup {
  name: string;
  /** Rows to draw, in any order. */
  pick: ArrayLike<number>;
  marker: Partial<PlotData["marker"]>;
}

/** In so many layers each group's points are drawn, one group's layer over the other's. */
const LAYERS = 8;

/**
 * The groups of a scatter layer by layer, so that none lies wholly upon another: where two mix, both are seen, whichever
 * is named last. A click on a legend's entry still hides the whole group.
 */
export function inTurns(
  groups: readonly PointGroup[],
  trace: (group: PointGroup) => Partial<PlotData>,
): Partial<PlotData>[] {
  return Array.from({ length: LAYERS }, (_, layer) =>
    groups.flatMap((group) => {
      const pick = Array.from(group.pick).filter((_, k) => k % LAYERS === layer);
      if (!pick.length) return [];
      const { name } = group;
      return [{ ...trace({ ...group, pick }), legendgroup: name, showlegend: layer === 0 }];
    }),
  ).flat();
}
