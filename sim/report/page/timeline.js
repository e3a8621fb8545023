// When layers and cores work on one image in an empty chip, and what their cores do meanwhile.

const kParts = ['busy', ...kCauses, 'idle'];
const partName = (part) => (kCauses.includes(part) ? `waits: ${words(part)}` : part === 'idle' ? 'idle, or on the host' : part);

/** Shares of the cores' time between start and end: busy, waiting by cause, and idle or at work for others. */
function sharesOf(busy, stalled, length) {
  const shares = [busy, ...kCauses.map((cause) => stalled[cause] || 0)].map((ns) => (length > 0 ? ns / length : 0));
  const all = sum(shares);
  return all > 1 ? [...shares.map((s) => s / all), 0] : [...shares, 1 - all];
}

function layerBars(report) {
  return report.layers.filter((l) => l.name !== 'shared').map((l) => ({row: l.name, name: l.name, start: l.start_ns, end: l.end_ns, lanes: [0, 1],
    shares: sharesOf(l.busy_ns, l.stalled_ns, (l.end_ns - l.start_ns) * Math.max(l.cores.length, 1))}));
}

function coreBars(report) {
  const layers = new Map(report.layers.map((l) => [l.name, l]));
  return report.cores.filter((c) => c.layers.length > 0).flatMap((c) => c.layers.filter((name) => layers.has(name)).map((name, i) => {
    const l = layers.get(name);
    return {row: `core ${c.id}`, name, start: l.start_ns, end: l.end_ns, lanes: [i, c.layers.length], shares: sharesOf(c.busy_ns, c.stalled_ns, l.end_ns - l.start_ns)};
  }));
}

function timeline(report) {
  const state = {view: 'layers'};
  const place = h('div', null);
  const part = (p) => colour(p);
  let drawnChart;

  function option(bars, rows, width) {
    const narrow = width < 560, longest = Math.max(...rows.map((r) => r.length));
    return {
      grid: {left: Math.min(8 * longest + 14, width * 0.34), right: narrow ? 26 : 44, top: 8, bottom: 92},
      tooltip: {...baseOption().tooltip, formatter: (p) => {
        const bar = bars[p.dataIndex];
        const shares = kParts.map((name, i) => (bar.shares[i] > 0.0005 ? `<br>${partName(name)} ${percent(bar.shares[i])}` : '')).join('');
        return `<b>${escaped(bar.row)}${bar.row === bar.name ? '' : `: ${escaped(bar.name)}`}</b><br>${timeText(bar.start)} to ${timeText(bar.end)}${shares}`;
      }},
      xAxis: axis('value', 'time, µs', {min: 0, max: report.totals.latency_ns / 1e3, axisLabel: {color: colour('ink'), hideOverlap: true, formatter: number}}),
      yAxis: axis('category', '', {data: rows, inverse: true, axisLabel: {color: colour('ink'), width: Math.min(8 * longest + 4, width * 0.31), overflow: 'truncate'}}),
      dataZoom: [{type: 'slider', xAxisIndex: 0, bottom: 12, height: 22, labelFormatter: (v) => number(v), textStyle: {color: colour('ink')}, filterMode: 'none'}, {type: 'inside', xAxisIndex: 0, filterMode: 'none', zoomOnMouseWheel: 'ctrl', moveOnMouseWheel: false},
                 ...(rows.length > 48 ? [{type: 'slider', yAxisIndex: 0, right: 4, width: 16, filterMode: 'none', showDetail: false, startValue: 0, endValue: 47}] : [])],
      series: [{type: 'custom', encode: {x: [1, 2], y: 0}, data: bars.map((bar) => [rows.indexOf(bar.row), bar.start / 1e3, bar.end / 1e3]),
        renderItem(params, api) {
          const bar = bars[params.dataIndex];
          const [x0, y] = api.coord([api.value(1), api.value(0)]), [x1] = api.coord([api.value(2), api.value(0)]);
          const area = params.coordSys, left = Math.max(x0, area.x), right = Math.min(x1, area.x + area.width);
          const high = api.size([0, 1])[1] * 0.8, lane = high / bar.lanes[1];
          if (right <= left) return null;
          let top = y - high / 2 + lane * bar.lanes[0];
          const strips = kParts.map((name, i) => {
            const strip = {type: 'rect', shape: {x: left, y: top, width: Math.max(right - left, 1), height: lane * bar.shares[i]}, style: {fill: part(name)}};
            top += lane * bar.shares[i];
            return strip;
          });
          return {type: 'group', children: strips};
        }}],
    };
  }

  function draw() {
    const bars = state.view === 'layers' ? layerBars(report) : coreBars(report);
    const rows = [...new Set(bars.map((bar) => bar.row))];
    const height = 110 + Math.min(rows.length, 48) * (state.view === 'layers' ? 26 : 18);
    for (let i = drawn.length; i-- > 0;) if (place.contains(drawn[i].place)) drawn.splice(i, 1);
    place.replaceChildren(chart(`Timeline of ${state.view}`, height, (width) => option(bars, rows, width), (made) => { drawnChart = made; }));
    drawAll();
  }

  function zoom(change) {
    const {start, end} = drawnChart.getOption().dataZoom[0];
    const [from, to] = change(start, end);
    const length = Math.min(Math.max(to - from, 0.2), 100), first = Math.min(Math.max(from, 0), 100 - length);
    for (const dataZoomIndex of [0, 1]) drawnChart.dispatchAction({type: 'dataZoom', dataZoomIndex, start: first, end: first + length});
    const [a, b] = [first, first + length].map((p) => timeText((p / 100) * report.totals.latency_ns));
    said.textContent = `shows ${a} to ${b}`;
  }
  const said = h('span', {class: 'faint', 'aria-live': 'polite', id: 'timeline-shown'});
  const button = (text, change) => h('button', {type: 'button', onclick: () => zoom(change)}, text);
  const view = (name) => h('button', {type: 'button', 'aria-pressed': String(state.view === name), onclick: (event) => {
    state.view = name;
    for (const b of event.target.parentElement.querySelectorAll('[aria-pressed]')) b.setAttribute('aria-pressed', String(b === event.target));
    said.textContent = '';
    draw();
  }}, name);
  whenInPage.push(draw);
  return h('div', null,
    h('div', {class: 'controls'}, h('span', null, view('layers'), ' ', view('cores')),
      button('Zoom in', (a, b) => [a + (b - a) / 4, b - (b - a) / 4]), button('Zoom out', (a, b) => [a - (b - a) / 2, b + (b - a) / 2]),
      button('Earlier', (a, b) => [a - (b - a) / 2, b - (b - a) / 2]), button('Later', (a, b) => [a + (b - a) / 2, b + (b - a) / 2]), button('Whole', () => [0, 100]), said),
    h('div', null, kParts.map((name) => key(`var(--${name})`, partName(name)))), place);
}
