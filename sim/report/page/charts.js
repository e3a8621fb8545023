// One way to draw a chart: drawn again when the width, the colour scheme or the paper changes, with its numbers as a table below.

// Okabe and Ito's colours, apart for all kinds of colour vision; patterns tell them apart without any colour.
const kColours = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#b8a600', '#8c8c8c'];
const kCauses = ['input', 'link', 'partial_sum', 'memory'];
const kPrintWidth = 680;

const drawn = [];
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function baseOption() {
  const ink = colour('ink');
  return {
    animation: false,
    color: kColours,
    textStyle: {color: ink, fontFamily: 'system-ui, sans-serif'},
    tooltip: {confine: true, backgroundColor: colour('panel'), borderColor: colour('line'), textStyle: {color: ink}},
  };
}

/** An axis with the page's colours. */
function axis(type, name, more) {
  return {
    type, name, nameLocation: 'middle', nameGap: 30, nameTextStyle: {color: colour('faint')},
    axisLabel: {color: colour('ink'), hideOverlap: true}, axisLine: {lineStyle: {color: colour('line')}},
    splitLine: {show: type !== 'category', lineStyle: {color: colour('line'), opacity: 0.6}}, ...more,
  };
}

const legend = (more) => ({type: 'scroll', top: 0, textStyle: {color: colour('ink')}, pageTextStyle: {color: colour('ink')}, pageIconColor: colour('accent'), ...more});
const patterns = {enabled: true, decal: {show: true, decals: [
  {symbol: 'none'}, {dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4, color: 'rgba(0,0,0,0.25)'},
  {symbol: 'circle', symbolSize: 0.5, dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [6, 0], color: 'rgba(255,255,255,0.5)'},
  {dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: Math.PI / 4, color: 'rgba(255,255,255,0.4)'},
  {dashArrayX: [1, 0], dashArrayY: [3, 3], color: 'rgba(0,0,0,0.2)'}, {symbol: 'circle', symbolSize: 0.6, dashArrayX: [[5, 5], [0, 5, 5, 0]], dashArrayY: [5, 0], color: 'rgba(0,0,0,0.25)'},
  {dashArrayX: [3, 3], dashArrayY: [1, 0], color: 'rgba(255,255,255,0.4)'}, {symbol: 'none'}]}};

/** Draws into a new element. `option(width)` is asked anew whenever something changed. */
function chart(label, height, option, whenReady) {
  const place = h('div', {class: 'chart', role: 'img', 'aria-label': label, style: `height:${height}px`});
  const entry = {place, height, draw() {
    entry.chart.setOption({...baseOption(), ...option(place.clientWidth)}, {notMerge: true});
    if (whenReady && !entry.ready) whenReady(entry.chart);
    entry.ready = true;
  }};
  drawn.push(entry);
  return place;
}

/** Once the elements of all charts are in the page. */
function drawAll() {
  for (const entry of drawn) {
    if (entry.chart || !entry.place.isConnected) continue;
    entry.chart = echarts.init(entry.place, null, {renderer: 'svg'});
    entry.place.chart = entry.chart;
    entry.draw();
  }
}

function redrawAll(size) {
  for (const entry of drawn) {
    if (!entry.chart) continue;
    entry.chart.resize(size);
    entry.draw();
  }
  for (const redraw of redrawOthers) redraw();
}

const redrawOthers = [];  // what is drawn without ECharts
let widthBefore = window.innerWidth;
window.addEventListener('resize', () => {
  if (window.innerWidth === widthBefore) return;
  widthBefore = window.innerWidth;
  redrawAll();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => redrawAll());
window.addEventListener('beforeprint', () => redrawAll({width: kPrintWidth}));
window.addEventListener('afterprint', () => redrawAll({width: 'auto'}));

/** Bars of several parts per row, drawn from the left. `parts`: [name, values, colour]. `unit`: [factor, name]. */
function stackedBars(label, rows, parts, unit, asText) {
  const longest = Math.max(...rows.map((name) => name.length), 1);
  return chart(label, Math.max(150, 90 + 24 * rows.length), (width) => ({
    aria: patterns,
    legend: legend(),
    grid: {left: Math.min(8 * longest + 14, width * 0.36), right: 24, top: 34, bottom: 44},
    tooltip: {...baseOption().tooltip, trigger: 'axis', axisPointer: {type: 'shadow'}, valueFormatter: (v) => asText(v * unit[0])},
    xAxis: axis('value', unit[1]),
    yAxis: axis('category', '', {data: rows, inverse: true, axisLabel: {color: colour('ink'), width: Math.min(8 * longest + 4, width * 0.33), overflow: 'truncate', interval: 0}}),
    series: parts.map(([name, values, fill]) => ({name, type: 'bar', stack: 'all', data: values.map((v) => v / unit[0]), ...(fill ? {itemStyle: {color: fill}} : {})})),
  }));
}

/** Means with their 95 % intervals as whiskers, for a series over `places` (indices or times). */
function whiskers(name, data, fill, horizontal) {
  return {
    name, type: 'custom', silent: true, z: 3, data, encode: horizontal ? {x: [1, 2], y: 0} : {x: 0, y: [1, 2]}, itemStyle: {color: fill},
    renderItem(params, api) {
      const [a, b] = [1, 2].map((i) => api.coord(horizontal ? [api.value(i), api.value(0)] : [api.value(0), api.value(i)]));
      const cap = horizontal ? [0, 4] : [4, 0];
      const line = (from, to) => ({type: 'line', shape: {x1: from[0], y1: from[1], x2: to[0], y2: to[1]}, style: {stroke: fill, lineWidth: 1.5}});
      const around = (p) => line([p[0] - cap[0], p[1] - cap[1]], [p[0] + cap[0], p[1] + cap[1]]);
      return {type: 'group', children: [line(a, b), around(a), around(b)]};
    },
  };
}

/** Lines over a logarithmic time with intervals. `series`: [name, [[time_s, mean, low, high]...], symbol]. */
function overTime(label, height, series, marks) {
  const times = [...new Set(series.flatMap(([, rows]) => rows.map((row) => row[0])))].sort((a, b) => a - b);
  return chart(label, height, () => ({
    legend: legend({data: series.map(([name]) => name)}),
    grid: {left: 62, right: 30, top: 40, bottom: 50},
    tooltip: {...baseOption().tooltip, trigger: 'item', formatter: (p) => (p.seriesType === 'line' ? `${escaped(p.seriesName)}, ${durationText(times[p.data[0]])}: ${p.data[1].toFixed(2)} %` : '')},
    xAxis: axis('category', 'time after programming', {data: times.map(durationText), boundaryGap: true}),
    yAxis: axis('value', 'accuracy, %', {scale: true, nameGap: 44}),
    series: series.flatMap(([name, rows], i) => {
      const fill = kColours[i % kColours.length];
      const at = (row) => times.indexOf(row[0]);
      const symbols = ['circle', 'rect', 'triangle', 'diamond', 'pin', 'arrow', 'roundRect'];
      return [
        {name, type: 'line', data: rows.map((row) => [at(row), 100 * row[1]]), symbol: symbols[i % symbols.length], symbolSize: 8, itemStyle: {color: fill}, lineStyle: {color: fill, type: ['solid', 'dashed', 'dotted'][i % 3]},
          markLine: i === 0 && marks ? {symbol: 'none', lineStyle: {color: colour('faint')}, label: {color: colour('ink'), formatter: '{b}'},
            data: marks.map(([text, value], k) => ({name: text, yAxis: 100 * value, label: {position: k === 0 ? 'insideEndTop' : 'insideStartBottom'}}))} : undefined},
        whiskers(`${name}, 95 %`, rows.filter((row) => row[2] !== null && row[2] !== undefined).map((row) => [at(row), 100 * row[2], 100 * row[3]]), fill, false),
      ];
    }),
  }));
}

const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'})[c]);
