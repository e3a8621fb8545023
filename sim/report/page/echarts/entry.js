import * as core from 'echarts/core';
import {BarChart, LineChart, ScatterChart, CustomChart, ParallelChart} from 'echarts/charts';
import {GridComponent, TooltipComponent, LegendComponent, DataZoomComponent, MarkLineComponent, ParallelComponent, AriaComponent} from 'echarts/components';
import {SVGRenderer} from 'echarts/renderers';
core.use([BarChart, LineChart, ScatterChart, CustomChart, ParallelChart, GridComponent, TooltipComponent, LegendComponent, DataZoomComponent, MarkLineComponent, ParallelComponent, AriaComponent, SVGRenderer]);
export const init = core.init;
